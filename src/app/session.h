/* session: a cluster as the dashboard sees it: stores kept by reflectors, traffic, detections, and what may be asked. It
 * fills a struct model and is its data. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "app/app.h"
#include "ui/model.h"

struct session;

/* file: the document to begin with, or NULL: the first graph found deployed in the namespace (ns NULL: in any). The app
 * is connected and has its catalogue. */
struct session *session_new(struct app *app, const char *ns, const char *file, struct err *err);
void session_free(struct session *session);
struct model *session_model(struct session *session);

#endif
