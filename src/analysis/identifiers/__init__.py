"""What is looked for in texts besides the patterns of privacy.yaml: more kinds of numbers, names of people on no list,
senders of chats copied into a message, and characters that stand for others."""
