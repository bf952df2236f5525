"""The zoo: specs of well-known networks, shipped with cnndsl."""
