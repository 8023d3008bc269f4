"""What a letter of ours is made of on its way out: its page, its signature, the handing over."""
