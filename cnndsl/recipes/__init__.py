"""How a model is trained: the words of recipes, and what a recipe says once it is checked."""
