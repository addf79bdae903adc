/* inside: what leads into a pod: a shell in one of its containers, a port of this machine that leads to one of its. */
#ifndef UI_INSIDE_H
#define UI_INSIDE_H

#include "ui/dashboard.h"

/* In the container, NULL: in the only one, else the operator chooses. record: a pod, or what has pods. */
void shell_open(struct dashboard *dash, const struct record *record, const char *container);
/* Asks for the ports on the prompt. */
void forward_ask(struct dashboard *dash, const struct record *record);
/* ports: "8080", "9000:8080", ":8080". */
void forward_open(struct dashboard *dash, const struct record *record, const char *ports);

#endif
