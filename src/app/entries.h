/* entries: where the catalogue comes from: assets, the user's folder over them, and over both what the cluster keeps in
 * ConfigMaps labelled patchbay.dev/kind=catalog. A broken entry is named, and the rest works. */
#ifndef APP_ENTRIES_H
#define APP_ENTRIES_H

#include "app/app.h"

/* The request for a list of these ConfigMaps, ns NULL: of all namespaces. The caller releases the buffer. */
void entries_path(struct buf *out, const char *ns);
/* Reads all of app->catalogue anew, with such a list over the rest (NULL: none). False: it is what it was. What was there
 * stays allocated, for documents point into it until they are parsed again. */
bool entries_reload(struct app *app, const cJSON *list);
/* Of a command, after app_connect: lists them once, waits, and reloads. Who may not see any has none. STATUS_*; what went wrong
 * was printed. */
int entries_of_cluster(struct app *app);
/* What is wrong in the catalogue, as one sentence for a status line, or NULL. */
const char *entries_note(const struct app *app);
void entries_release(struct app *app);

#endif
