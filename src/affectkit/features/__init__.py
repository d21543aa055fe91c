"""Numbers a model reads in place of samples of sound: `extract(config, sound)`, in numpy, for training and serving."""
