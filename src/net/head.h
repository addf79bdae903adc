/* head: what is kept of an answer's head. For src/net alone. */
#ifndef NET_HEAD_H
#define NET_HEAD_H

#include "net/client.h"

struct head { /* zeroed at first */
    struct http_head head;
    char content_type[256];
    struct buf fields;
};

/* One line of a head as it came, from the status line on; true for the empty one that ends it. wall: ns since 1970. */
bool head_line(struct head *head, const char *bytes, size_t len, int64_t wall);
void head_release(struct head *head);

#endif
