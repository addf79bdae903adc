/* faulty: a TCP proxy that misbehaves on command, between a client and any server, and counts what passes.
 *
 * Commands are words, so that a shell script gives the same ones (tests/faulty). "up" is towards the server:
 *   pass                   all is well again: what was stalled goes on, the port listens
 *   stall                  nothing moves, connections stay: a network that is silent
 *   refuse                 the port is closed; connections stay
 *   delay MS               each way
 *   cut, reset             every connection ends now, in order (FIN) or hard (RST)
 *   half                   every client hears the end, but may go on sending
 *   cut|reset up|down N    the connection over which the Nth byte from now that way came ends behind it; 0: before the
 *                          next byte
 *   counts                 changes nothing */
#ifndef TESTS_FAULTY_H
#define TESTS_FAULTY_H

#include "base/buf.h"
#include "base/loop.h"

struct faulty;

struct faulty_counts {
    size_t connections; /* that were made to it */
    size_t open;        /* of these */
    size_t requests;    /* heads of HTTP/1.1 that went up, seen only without TLS */
    uint64_t up, down;  /* bytes that passed */
};

/* port 0: a free one. The target is an IP address; it need not be there. */
struct faulty *faulty_new(struct loop *loop, uint16_t port, const char *target, uint16_t target_port, struct err *err);
void faulty_free(struct faulty *faulty);
uint16_t faulty_port(const struct faulty *faulty);
int faulty_command(struct faulty *faulty, const char *command, struct err *err);
struct faulty_counts faulty_counts(const struct faulty *faulty);

#endif
