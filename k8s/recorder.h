/* recorder: a transport around another that writes down what the cluster says, with times, into a file that replay reads.
 *
 * The file is a JSON line for each thing heard; t is seconds since the start, call tells the requests apart:
 *
 *   {"recording":1,"started":"2026-01-02T03:04:05.000000Z","server":"https://10.0.0.1:6443"}
 *   {"t":0.000120,"call":1,"get":"/api/v1/pods?limit=500"}
 *   {"t":0.031022,"call":1,"status":200,"type":"application/json"}
 *   {"t":0.031022,"call":1,"list":{"kind":"PodList","rv":"812","continue":""}}    before its items where the server says so
 *   {"t":0.031080,"call":1,"item":{…}}     an object of a list; of a watch: "event":{…}; of a log or a stream: "line":"…";
 *                                           what is asked for again and again (metrics), whole, without comments: "text":"…"
 *   {"t":0.044000,"call":1,"end":"done"}   or "broken", "refused", "untrusted", with "why"; "left": nobody wanted more
 *
 * Only GETs are written down, and of JSON only lists, watches and refusals; no pictures. What is known to hold
 * credentials is left out: headers, Secrets, managedFields, environment, command and arguments of containers,
 * last-applied-configuration, and the user part of URLs wherever it stands. What a container prints is written down. */
#ifndef K8S_RECORDER_H
#define K8S_RECORDER_H

#include "net/client.h"

struct recorder_count {
    uint64_t items, events, lines, bytes;
};

/* The file is made anew, readable by its owner alone; one that is there is an error. Past `limit` bytes, and when the
 * disk is full, nothing more is written: recorder_over says so. The inner transport is freed with this one. */
struct http_transport *recorder_new(struct loop *loop, struct http_transport *inner, const char *path, uint64_t limit,
                                    struct err *err);
const struct recorder_count *recorder_count(const struct http_transport *recorder);
/* Whether it has stopped writing; err gets the sentence. */
bool recorder_over(const struct http_transport *recorder, struct err *err);
/* Whether it was the disk that ended it. */
bool recorder_failed(const struct http_transport *recorder);
/* All that was heard is in the file; -1 when the disk says no. */
int recorder_flush(struct http_transport *recorder, struct err *err);
/* The transport that it is around; its end, after which that one goes on without it. None of its calls may be open. */
struct http_transport *recorder_inner(const struct http_transport *recorder);
void recorder_end(struct http_transport *recorder);

#endif
