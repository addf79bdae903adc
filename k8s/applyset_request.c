#include "k8s/applyset_private.h"

#include "net/url.h"

/* So many requests are under way at once: that is enough to keep a server busy, and they share one connection. A hundred
 * would make libcurl open others, one for each request. */
#define UNDER_WAY 64

#define METADATA_ONLY "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

static void op_free(struct op *op)
{
    free(op->path);
    buf_release(&op->body);
    free(op);
}

void applyset_drop_queue(struct applyset *set)
{
    while (set->queue) {
        struct op *op = set->queue;
        set->queue = op->next;
        set->waiting--;
        op_free(op);
    }
    set->queue_end = &set->queue;
}

void applyset_drop_requests(struct applyset *set)
{
    while (set->ops) {
        struct op *op = set->ops;
        set->ops = op->next;
        kube_cancel(op->call);
        op_free(op);
    }
}

static void send_queue(struct applyset *set);

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct op *op = data;
    struct applyset *set = op->set;
    struct setobject *object = op->object;
    answer_fn *fn = op->fn;
    *op->prev = op->next;
    if (op->next)
        op->next->prev = op->prev;
    set->under_way--;
    op_free(op);
    fn(set, object, answer);
    if (--set->waiting) {
        send_queue(set);
        return;
    }
    if (set->giving_up || (!err_is_set(&set->result.err) && !set->stopping))
        set->next(set);
    else if (set->held)
        applyset_apply_give_up(set);
    else
        applyset_finish(set);
}

static void send_op(struct op *op)
{
    struct applyset *set = op->set;
    op->next = set->ops;
    op->prev = &set->ops;
    if (op->next)
        op->next->prev = &op->next;
    set->ops = op;
    set->under_way++;
    op->call = kube_start(set->client,
                          &(struct kube_request){
                              .method = op->method,
                              .path = op->path,
                              .content_type = op->content_type,
                              .accept = op->accept,
                              .body = op->body.len ? op->body.data : NULL,
                              .body_len = op->body.len,
                          },
                          on_answer, op);
    buf_release(&op->body); /* it has been copied */
}

static void send_queue(struct applyset *set)
{
    while (set->queue && set->under_way < UNDER_WAY) {
        struct op *op = set->queue;
        set->queue = op->next;
        if (!set->queue)
            set->queue_end = &set->queue;
        send_op(op);
    }
}

static struct op *op_new(struct applyset *set, struct setobject *object, const char *method, const char *path, answer_fn *fn)
{
    struct op *op = xcalloc(1, sizeof *op);
    *op = (struct op){.set = set, .object = object, .method = method, .path = xstrdup(path), .fn = fn};
    buf_init(&op->body, 8u << 20);
    set->waiting++;
    return op;
}

/* What says that we are at it does not queue. */
static void take_turn(struct op *op)
{
    struct applyset *set = op->set;
    if (op->object == set->parent) {
        send_op(op);
        return;
    }
    *set->queue_end = op;
    set->queue_end = &op->next;
    send_queue(set);
}

void applyset_send(struct applyset *set, struct setobject *object, const char *method, const char *path,
                   const char *content_type, const cJSON *body, answer_fn *fn)
{
    struct op *op = op_new(set, object, method, path, fn);
    op->content_type = content_type;
    if (body)
        json_print(&op->body, body);
    take_turn(op);
}

void applyset_delete_object(struct applyset *set, struct setobject *object, answer_fn *fn)
{
    cJSON *options = cJSON_CreateObject();
    json_set_str(options, "apiVersion", "v1");
    json_set_str(options, "kind", "DeleteOptions");
    json_set_str(options, "preconditions.uid", object->uid);
    if (object == set->parent && set->held)
        json_set_str(options, "preconditions.resourceVersion", json_str(object->before, "metadata.resourceVersion"));
    json_set_str(options, "propagationPolicy", "Background");
    if (set->dry_run) /* in the body: a server that gets one does not look at the query */
        cJSON_AddItemToArray(cJSON_AddArrayToObject(options, "dryRun"), cJSON_CreateString("All"));
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, object->kind, set->ns, object->name);
    if (set->dry_run)
        buf_adds(&path, "?dryRun=All");
    applyset_send(set, object, "DELETE", path.data, "application/json", options, fn);
    buf_release(&path);
    cJSON_Delete(options);
}

void applyset_get(struct applyset *set, struct setobject *object, answer_fn *fn)
{
    struct buf path;
    buf_init(&path, 1024);
    kind_path(&path, object->kind, set->ns, object->name);
    applyset_send(set, object, "GET", path.data, NULL, NULL, fn);
    buf_release(&path);
}

void applyset_get_namespace(struct applyset *set, answer_fn *fn)
{
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, "/api/v1/namespaces/");
    url_escape(&path, set->ns);
    applyset_send(set, NULL, "GET", path.data, NULL, NULL, fn);
    buf_release(&path);
}

void applyset_look(struct applyset *set, const struct kind *kind, answer_fn *fn)
{
    struct setobject *asked = setobject_new(kind, "", NULL);
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, kind, set->ns, NULL);
    applyset_add(&set->kinds, asked);
    struct op *op = op_new(set, asked, "GET", path.data, fn);
    op->accept = METADATA_ONLY;
    take_turn(op);
    buf_release(&path);
}
