"""Questions alerts asks of the rows below it, and answers it gives to the pages above."""
