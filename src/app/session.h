/* session: what the dashboard works on: the document, what is under way, the contexts there are, and the cluster that is
 * looked at (cluster.h). It fills a struct model and is its data. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "app/app.h"
#include "ui/model.h"

struct session;

/* file: the document to begin with, or NULL: the first graph found deployed in the namespace. The app was begun
 * (app_begin) and has its catalogue. Nothing is waited for: the cluster is connected to, and with --edge started, from
 * the loop's next turn on. NULL with err where there is no usable context or the file cannot be read. */
struct session *session_new(struct app *app, const char *file, struct err *err);
void session_free(struct session *session);
struct model *session_model(struct session *session);

#endif
