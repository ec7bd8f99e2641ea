"""One file a Click group; nothing below this package prints, prompts or exits."""
