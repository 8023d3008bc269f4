"""The tests: each states a fact in a sentence and meets real collaborators."""
