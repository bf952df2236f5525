"""What an editor asks of a text: whose name this is, which shape stands here, what could follow."""
