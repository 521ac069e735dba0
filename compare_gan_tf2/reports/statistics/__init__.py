"""Statistics of scores, in numpy alone: intervals, exact tests, shares of variance, ranks, and budgets.

Nothing here knows of tasks or files. What is drawn at random is drawn with a fixed seed from sorted values, so an
answer does not depend on the order or the names of what is compared.
"""
