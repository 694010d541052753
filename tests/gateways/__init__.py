"""Small real servers on loopback that stand in for the outside: a mail server and a chat group's robot."""
