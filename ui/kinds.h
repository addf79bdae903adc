/* kinds: which kinds of objects the cluster has, asked for when a word of the `:` line needs it, and what a word means. */
#ifndef UI_KINDS_H
#define UI_KINDS_H

#include "k8s/discovery.h"
#include "ui/dashboard.h"

/* Shows the kind that a word means, filtered by args, as soon as the server has said which ones there are; says it where
 * there is none. */
void kinds_run(struct dashboard *dash, const char *word, const char *args);
/* The kind that a word means is given to `use`, now or when the server has answered; said where there is none. args is
 * passed on. */
typedef void (*kinds_use_fn)(struct dashboard *dash, const struct kind *kind, const char *args);
void kinds_find(struct dashboard *dash, const char *word, const char *args, kinds_use_fn use);
/* All of them, as text. */
void kinds_list(struct dashboard *dash);
/* A `:` line is begun: asks for them, the first time. */
void kinds_begin(struct dashboard *dash);
/* Their words, those that are known by now. */
void kinds_complete(struct dashboard *dash, struct completions *out);
/* At most `max` of their names; how many. Valid until the cluster says more. */
size_t kinds_names(struct dashboard *dash, const char **names, size_t max);
/* The cluster is left. */
void kinds_forget(struct dashboard *dash);

#endif
