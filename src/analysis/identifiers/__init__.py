"""What identifies a person in a text, however it was typed: members' names, names of people on no list, numbers,
addresses, links, handles, senders of chats copied into a message. analysis.privacy combines them."""
