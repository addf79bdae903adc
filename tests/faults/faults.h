/* faults: everything that may go wrong between the operator and a cluster, brought about, and what the operator sees.
 * main.c is the table. A case is a function: it makes its place (scripted_begin or wire_begin), brings its fault about,
 * looks at the screen, lets the fault end and looks again. The place is taken down by main.c. */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include "app/session.h"
#include "k8s_script.h"
#include "ui/dashboard.h"

/* The operator: the real session and its dashboard, 140x30, drawn into a canvas (operator.c). */
struct operator
{
    struct loop *loop;
    struct app app;
    struct options options;
    struct session *session; /* NULL: nobody sits there */
    struct model *model;
    struct dashboard *dash;
    char config[64];      /* the kubeconfig's path */
    char *screen;         /* as last drawn */
    void (*settle)(void); /* lets what is under way come to its end */
};
extern struct operator op;

void operator_begin(struct loop *loop, struct http_transport *transport, const char *kubeconfig, const char *view);
void operator_leave(void); /* the session ends */
void operator_end(void);
void operator_config(const char *kubeconfig); /* written to op.config */
/* Keys: "jj", "<Enter>", ":pods<Enter>"; then what they cause settles. */
void type(const char *keys);
bool shows(const char *part);
/* The words are on the screen, now; if not, the screen is printed. Every look also checks that no control, C1 or bidi
 * character is in any cell. */
void expect(const char *part);
void lacks(const char *part);
/* How a line of the screen begins that has this; "" if there is none. */
const char *line_of(const char *part);

size_t allocated(void); /* bytes of the heap in use */

/* What both servers keep: two pods of a camera and a detector, a node, a deployment, an event, no graph. */
char *list_of(const char *path); /* the answer to a list; free() */
void pod_text(struct buf *out, const char *name, const char *uid, const char *rv, const char *status);
#define RUNNING "{\"phase\":\"Running\"}"
struct world {
    char *pods, *graphs; /* items, where they are not the usual ones; free()d at the end */
};
extern struct world world;
void world_release(void);

/* The scripted server, on a virtual clock (scripted.c). */
extern bool (*scripted_answer)(struct script_call *call);           /* a case's own; true: it has answered */
void scripted_begin(const char *view);                              /* live, and looked at */
void scripted_begin_with(const char *kubeconfig, const char *view); /* nothing was answered yet */
void scripted_serve(void);
void scripted_end(void);
/* The watch of a kind ("pods") that is open now. */
struct script_call *scripted_watch(const char *plural);
/* "{…}": an event, and what follows from it. */
void scripted_event(const char *plural, const char *type, const char *object);
/* A Status. */
void scripted_status(struct script_call *call, int code, const char *reason, const char *message);
/* Time passes, with answers, until the words are there. */
void scripted_await(const char *part, double seconds);
void scripted_pass(double seconds);          /* with answers */
size_t scripted_count(const char *url_part); /* requests so far */

/* A real API server over TLS behind a proxy that misbehaves, and the real transport: wire.h. */
void wire_end(void);

/* The cases. */
void refused_credentials(void);
void refused_resource(void);
void missing_group(void);
void expired_version(void);
void expired_page(void);
void future_version(void);
void too_many_requests(void);
void server_errors(void);
void broken_event(void);
void giant_event(void);
void captive_proxy(void);
void unknown_words(void);
void wrong_fields(void);
void deep_objects(void);
void made_anew(void);
void clock_skew(void);
void log_flood(void);
void hostile_names(void);
void hostile_logs(void);
void hostile_errors(void);
void refused_connection(void);
void unknown_host(void);
void unknown_authority(void);
void other_host(void);
void expired_certificate(void);
void half_open(void);
void reset_event(void);
void go_away(void);
void owned_fields(void);
void changed_meanwhile(void);
void refused_values(void);
void hostile_objects(void);
void giant_string(void);
void refused_nodes_of_a_command(void);
void owned_fields_of_a_command(void);
void alias_bomb(void);

#endif
