# needs: deap numpy
import random

import numpy as np
from deap import algorithms, base, creator, tools

random.seed(1)
creator.create("Fitness", base.Fitness, weights=(1.0,))
creator.create("Individual", list, fitness=creator.Fitness)
box = base.Toolbox()
box.register("bit", random.randint, 0, 1)
box.register("individual", tools.initRepeat, creator.Individual, box.bit, 30)
box.register("population", tools.initRepeat, list, box.individual)
box.register("evaluate", lambda one: (sum(one),))
box.register("mate", tools.cxTwoPoint)
box.register("mutate", tools.mutFlipBit, indpb=0.05)
box.register("select", tools.selTournament, tournsize=3)
stats = tools.Statistics(lambda one: one.fitness.values)
for name in ("avg", "std", "min", "max"):
    stats.register(name, getattr(np, {"avg": "mean"}.get(name, name)))
algorithms.eaSimple(box.population(40), box, 0.5, 0.2, 8, stats=stats, verbose=True)
