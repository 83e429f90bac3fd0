# sna's netlm or netlogit on the relations in a folder; reports as benchmarks/timed.py does.
suppressMessages(library(sna))
given <- commandArgs(TRUE)
relation <- function(name) as.matrix(read.csv(file.path(given[3], paste0(name, ".csv")), header = FALSE))
y <- relation("y")
x <- lapply(c("a", "b", "c"), relation)
spent <- system.time(fit <- get(given[1])(y, x, mode = "digraph", nullhyp = "qapspp", reps = as.integer(given[2])))
cat(sprintf('{"cpu_s": %.4f, "result": %.8f, "version": "%s"}\n',
            spent[["user.self"]] + spent[["sys.self"]], fit$coefficients[2], packageVersion("sna")))
