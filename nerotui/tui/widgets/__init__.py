"""What the console is made of: each widget draws a view model and says by messages what the user did.

No widget binds keys: the console's action table does, and calls the methods that all of them share (`LineView`):
`move(rows)`, `page(pages)`, `sideways(cells)`, `home()`, `end()`.
"""
