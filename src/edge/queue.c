#include "edge/queue.h"

struct later {
    struct edge_queue *queue;
    struct loop_timer timer;
    char *key;
};

static void free_later(void *data)
{
    struct later *later = data;
    loop_timer_stop(&later->timer);
    free(later->key);
    free(later);
}

static void work(void *data)
{
    struct edge_queue *queue = data;
    /* What is added meanwhile belongs to the next round. */
    struct map keys = queue->keys;
    queue->keys = (struct map)MAP_INIT;
    for (struct map_entry *e = map_first(&keys); e; e = map_next(&keys, e)) {
        char *slash = strchr(e->key, '/');
        char *ns = xstrndup(e->key, (size_t)(slash - e->key));
        queue->fn(queue->data, ns, slash + 1);
        free(ns);
    }
    map_release(&keys, NULL);
}

void edge_queue_init(struct edge_queue *queue, struct loop *loop, edge_queue_fn fn, void *data)
{
    *queue = (struct edge_queue){.loop = loop, .fn = fn, .data = data};
    loop_task_init(&queue->task, loop, work, queue);
}

void edge_queue_release(struct edge_queue *queue)
{
    loop_task_stop(&queue->task);
    map_release(&queue->keys, NULL);
    map_release(&queue->later, free_later);
}

static void add_key(struct edge_queue *queue, const char *key)
{
    map_put(&queue->keys, key, queue);
    loop_task_start(&queue->task);
}

void edge_queue_add(struct edge_queue *queue, const char *ns, const char *name)
{
    char *key = xasprintf("%s/%s", ns, name);
    add_key(queue, key);
    free(key);
}

static void ring(void *data)
{
    struct later *later = data;
    struct edge_queue *queue = later->queue;
    map_del(&queue->later, later->key);
    add_key(queue, later->key);
    free_later(later);
}

void edge_queue_add_after(struct edge_queue *queue, const char *ns, const char *name, int64_t after)
{
    char *key = xasprintf("%s/%s", ns, name);
    struct later *later = map_get(&queue->later, key);
    if (later) {
        if (later->timer.at > loop_now(queue->loop) + after)
            loop_timer_start(&later->timer, after);
        free(key);
        return;
    }
    later = xcalloc(1, sizeof *later);
    later->queue = queue;
    later->key = key;
    loop_timer_init(&later->timer, queue->loop, ring, later);
    loop_timer_start(&later->timer, after);
    map_put(&queue->later, key, later);
}
