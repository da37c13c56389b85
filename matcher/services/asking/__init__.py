"""One gentle invitation: taking the seat, writing the letter, sending it when hours and pace allow, and what may be shown to whom."""
