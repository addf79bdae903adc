#include "k8s/setrequests.h"

#include "k8s/setparent.h"
#include "net/url.h"

/* So many requests are under way at once: that is enough to keep a server busy, and they share one connection. A hundred
 * would make libcurl open others, one for each request. */
#define UNDER_WAY 64

#define METADATA_ONLY "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

/* A request: under way, or it waits for its turn. */
struct setrequest {
    struct setrequests *all;
    void *about;
    const char *method, *content_type, *accept;
    char *path;
    struct buf body;
    struct kube_call *call;
    setrequest_fn *fn;
    struct setrequest *next, **prev;
};

static void op_free(struct setrequest *op)
{
    free(op->path);
    buf_release(&op->body);
    free(op);
}

void setrequests_init(struct setrequests *r)
{
    r->queue_end = &r->queue;
}

void setrequests_drop_queue(struct setrequests *r)
{
    while (r->queue) {
        struct setrequest *op = r->queue;
        r->queue = op->next;
        r->waiting--;
        op_free(op);
    }
    r->queue_end = &r->queue;
}

void setrequests_cancel(struct setrequests *r)
{
    setrequests_drop_queue(r);
    while (r->ops) {
        struct setrequest *op = r->ops;
        r->ops = op->next;
        kube_cancel(op->call);
        op_free(op);
    }
}

static void send_queue(struct setrequests *r);

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct setrequest *op = data;
    struct setrequests *r = op->all;
    void *about = op->about;
    setrequest_fn *fn = op->fn;
    *op->prev = op->next;
    if (op->next)
        op->next->prev = op->prev;
    r->under_way--;
    op_free(op);
    r->deliver(r->set, fn, about, answer);
    if (--r->waiting)
        send_queue(r);
    else
        r->settled(r->set);
}

static void send_op(struct setrequest *op)
{
    struct setrequests *r = op->all;
    op->next = r->ops;
    op->prev = &r->ops;
    if (op->next)
        op->next->prev = &op->next;
    r->ops = op;
    r->under_way++;
    op->call = kube_start(r->client,
                          &(struct kube_request){
                              .method = op->method,
                              .path = op->path,
                              .content_type = op->content_type,
                              .accept = op->accept,
                              .body = op->body.len ? op->body.data : NULL,
                              .body_len = op->body.len,
                              /* but what is urgent, the parent: that is written under the version that was read */
                              .repeatable = str_eq(op->method, "PATCH") && op->about != r->urgent,
                          },
                          on_answer, op);
    buf_release(&op->body); /* it has been copied */
}

static void send_queue(struct setrequests *r)
{
    while (r->queue && r->under_way < UNDER_WAY) {
        struct setrequest *op = r->queue;
        r->queue = op->next;
        if (!r->queue)
            r->queue_end = &r->queue;
        send_op(op);
    }
}

static struct setrequest *op_new(struct setrequests *r, void *about, const char *method, const char *path, setrequest_fn *fn)
{
    struct setrequest *op = xcalloc(1, sizeof *op);
    *op = (struct setrequest){.all = r, .about = about, .method = method, .path = xstrdup(path), .fn = fn};
    buf_init(&op->body, 8u << 20);
    r->waiting++;
    return op;
}

static void take_turn(struct setrequest *op)
{
    struct setrequests *r = op->all;
    if (op->about && op->about == r->urgent) {
        send_op(op);
        return;
    }
    *r->queue_end = op;
    r->queue_end = &op->next;
    send_queue(r);
}

void setrequests_send(struct setrequests *r, void *about, const char *method, const char *path, const char *content_type,
                      const cJSON *body, setrequest_fn *fn)
{
    struct setrequest *op = op_new(r, about, method, path, fn);
    op->content_type = content_type;
    if (body)
        json_print(&op->body, body);
    take_turn(op);
}

void setrequests_get(struct setrequests *r, void *about, const struct kind *kind, const char *name, setrequest_fn *fn)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, kind, r->ns, name);
    setrequests_send(r, about, "GET", path.data, NULL, NULL, fn);
    buf_release(&path);
}

void setrequests_get_namespace(struct setrequests *r, setrequest_fn *fn)
{
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, "/api/v1/namespaces/");
    url_escape(&path, r->ns);
    setrequests_send(r, NULL, "GET", path.data, NULL, NULL, fn);
    buf_release(&path);
}

void setrequests_list(struct setrequests *r, void *about, const struct kind *kind, setrequest_fn *fn)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, kind, r->ns, NULL);
    buf_adds(&path, "?labelSelector=" SET_LABEL_PART_OF "%3D");
    url_escape(&path, r->id);
    setrequests_send(r, about, "GET", path.data, NULL, NULL, fn);
    buf_release(&path);
}

void setrequests_list_all(struct setrequests *r, void *about, const struct kind *kind, setrequest_fn *fn)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, kind, r->ns, NULL);
    struct setrequest *op = op_new(r, about, "GET", path.data, fn);
    op->accept = METADATA_ONLY;
    take_turn(op);
    buf_release(&path);
}

void setrequests_apply(struct setrequests *r, void *about, const struct kind *kind, const char *name, const cJSON *body, bool force,
                       bool dry_run, setrequest_fn *fn)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, kind, r->ns, name);
    buf_adds(&path, "?fieldManager=");
    url_escape(&path, r->manager);
    buf_addf(&path, "&fieldValidation=Strict%s%s", force ? "&force=true" : "", dry_run ? "&dryRun=All" : "");
    setrequests_send(r, about, "PATCH", path.data, "application/apply-patch+yaml", body, fn);
    buf_release(&path);
}
