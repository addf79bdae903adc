/* tape_table: the collections of a tape, as they are built while it is read. */
#ifndef K8S_TAPE_TABLE_H
#define K8S_TAPE_TABLE_H

#include "k8s/peek.h"
#include "k8s/tape.h"

/* The collection that is asked for; NULL: it is none. */
struct tape_table *tape_table_of(struct tape *tape, const struct tape_question *question);
void tape_table_free(void *table);
/* A list from its first page on; its end, when all of it was told. */
void tape_table_list(struct tape_table *table);
void tape_table_listed(struct tape_table *table, uint32_t at);
void tape_table_refused(struct tape_table *table, uint32_t at, int status, uint32_t body);
void tape_table_item(struct tape_table *table, uint32_t line, struct span object, bool gone);
/* An event of a watch: false when it is none. */
bool tape_table_event(struct tape_table *table, uint32_t line, struct span event);

#endif
