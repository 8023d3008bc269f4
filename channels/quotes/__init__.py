"""What a mail says now, told apart from what it quotes."""
