"""The language server: what `cnndsl.editing` knows, in the protocol that editors speak."""
