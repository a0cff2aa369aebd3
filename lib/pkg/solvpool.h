/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* solvpool.h - what the solv*.c share; libsolv's types stay here. */
#ifndef SPROUT_SOLVPOOL_H
#define SPROUT_SOLVPOOL_H

#include <solv/evr.h>
#include <solv/pool.h>
#include <solv/problems.h>
#include <solv/repo.h>
#include <solv/selection.h>
#include <solv/solver.h>
#include <solv/transaction.h>
#include <solv/util.h>

#include "pkg/solv.h"

struct pool_repo {
	const struct sp_meta *meta; /* NULL: of files */
	Repo *repo;
};

struct pool_file {
	Id p;
	char *path; /* owned */
	char *from; /* owned */
};

struct sp_solv {
	Pool *pool;
	const struct sp_repos *conf;
	char *running;
	struct pool_repo *repos;
	size_t n_repos;
	struct pool_file *files;
	size_t n_files;
	bool prepared;
	bool filelists; /* all there are are loaded */
};

/* Before a question: index what packages provide. */
int sp_solv_prepare(struct sp_solv *s, struct sp_err *err);

/* The id of the repository, or where the file came from. */
const char *sp_solv_from(struct sp_solv *s, Id p);

/* Add what is wanted to @job; @t gets what nobody has. */
void sp_solv_jobs(struct sp_solv *s, const struct sp_solv_job *want, Queue *job,
		  struct sp_solv_trouble *t);

/* Of a solver that found an answer: what is to be done. */
void sp_solv_steps(struct sp_solv *s, Solver *solver, struct sp_steps *ret);

/* Of one that found none: why. */
void sp_solv_problems(struct sp_solv *s, Solver *solver,
		      struct sp_solv_trouble *ret);

#endif
