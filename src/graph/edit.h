/* edit: changes of a document's text, each a splice of bytes, and their undoing. Comments and order survive.
 *
 * After each edit `graph` and `faults` are those of the new text. An edit that cannot be made says why and changes
 * nothing of the text. The graph before an edit, also one that was refused, lives until the next one or document_settle(), but
 * only its names are still good: ask document_revision(). */
#ifndef GRAPH_EDIT_H
#define GRAPH_EDIT_H

#include "graph/setting.h"

struct document;

/* The text is copied; NULL text: a new empty graph named `name` in `ns` (NULL: "default"). NULL when the text is no
 * ServiceGraph at all (err: its first fault); other faults are document_faults. The catalogue outlives the document. */
struct document *document_new(const char *text, size_t len, const char *file, const char *name, const char *ns,
                              const struct catalogue *cat, struct err *err);
void document_free(struct document *doc);
/* Ends in a NUL that len does not count; until the next edit. len may be NULL. */
const char *document_text(const struct document *doc, size_t *len);
const struct graph *document_graph(const struct document *doc);
/* Another number for every graph that a document had, whichever document. */
uint64_t document_revision(const struct document *doc);
const struct faults *document_faults(const struct document *doc);
bool document_dirty(const struct document *doc); /* differs from what was saved last */
void document_saved(struct document *doc);
/* It has another file now, and faults name that. */
void document_set_file(struct document *doc, const char *file);

/* *out_name (may be NULL) lives until the next thing is added. */
int document_add_thing(struct document *doc, const char *type, const char *name /* NULL: made from type */,
                       const char **out_name, struct err *err);
/* A device that is no pod, with a port's address. */
int document_add_external(struct document *doc, const char *name /* NULL: made */, const char *port, const char *url,
                          const char **out_name, struct err *err);
int document_remove_thing(struct document *doc, const char *name, struct err *err); /* its links too */
int document_add_link(struct document *doc, const char *from, const char *from_port, const char *to,
                      const char *to_port, struct err *err);
int document_remove_link(struct document *doc, size_t index, struct err *err);
int document_set_param(struct document *doc, const char *thing, const char *param, const char *value /* NULL: unset */,
                       struct err *err);
/* One of the settings that every thing has, by its text form ("": unset). Another name goes to all that names the thing: links,
 * its place, and URLs in parameters and variables of other things. */
int document_set(struct document *doc, const char *thing, enum setting setting, const char *text, struct err *err);
int document_set_place(struct document *doc, const char *thing, int x, int y, struct err *err);
int document_forget_place(struct document *doc, const char *thing, struct err *err); /* the layout finds one */
/* The address of a port of an external thing. */
int document_set_address(struct document *doc, const char *thing, const char *port, const char *url, struct err *err);
/* The things of these names and the links among them, as a ServiceGraph's text. The caller frees. */
char *document_copy(const struct document *doc, const char *const *names, size_t count);
/* Adds the things and links of a text as document_copy makes it (or of a whole ServiceGraph, or a map with things and links). Names
 * that are taken become others, and what names them follows. Nothing is added where a link would be wrong. *names (the
 * caller's to free, each and all, NULL-terminated) are the new ones. */
int document_paste(struct document *doc, const char *text, size_t len, char ***names, struct err *err);
/* The catalogue says something else than when the text was parsed. */
void document_reparse(struct document *doc);
/* Does what the next edit would have to do first, and gives back what the last one left: for when nobody waits. */
void document_settle(struct document *doc);
/* An editor's result, as one edit. What is no ServiceGraph at all is refused, so that nothing is lost. */
int document_replace(struct document *doc, const char *text, size_t len, struct err *err);
/* What is edited between the two is undone and redone as one edit of that name; inside another pair it is part of that one. */
void document_begin(struct document *doc, const char *label);
/* keep false: as if nothing had been edited since the beginning. */
void document_end(struct document *doc, bool keep);
/* false: there is nothing to undo or redo. */
bool document_undo(struct document *doc);
bool document_redo(struct document *doc);
/* What the last edit, undo or redo was, for the status line: "add people-detector". */
const char *document_last_edit(const struct document *doc);

/* For editors (edit_text.c). */

/* A thing's item of spec.things as a text of its own, from column 0, with a newline at its end; the caller frees. NULL:
 * there is no such thing. */
char *document_thing_text(const struct document *doc, const char *name, size_t *len, struct err *err);
/* Puts such a text back in the thing's place, links and place of one that was renamed with it. Refused is what is no map
 * with a name, and what has faults that the graph did not have; *line: where in the text, 0 when it is nowhere in it. */
int document_replace_thing(struct document *doc, const char *name, const char *text, size_t len, int *line,
                           struct err *err);
/* Whether a text could replace the document's: -1 when it is no ServiceGraph at all. */
int document_try(const struct document *doc, const char *text, size_t len, int *line, struct err *err);

#endif
