#include "graph/layout_internal.h"

/* More dummies than this are not worth their picture: what is left of long wires runs in the lane. */
#define DUMMIES_MAX 20000

/* Depth first through the component, without recursion: an edge to a thing that is still open closes a cycle. */
struct walk {
    int thing, net, edge; /* the edge to look at next */
};

static void visit(struct lay *lay, struct walk *stack, int start)
{
    int depth = 0;
    stack[depth++] = (struct walk){start, lay->first_net[start], 0};
    lay->state[start] = 1;
    while (depth) {
        struct walk *at = &stack[depth - 1];
        if (at->net < 0 || at->net >= lay->net_count || lay->nets[at->net].thing != at->thing) {
            lay->state[at->thing] = 2;
            depth--;
        } else if (at->edge == lay->nets[at->net].edge_count) {
            at->net++;
            at->edge = 0;
        } else {
            struct lay_edge *edge = &lay->edges[lay->nets[at->net].edge + at->edge++];
            if (lay->state[edge->to] == 1) {
                edge->lane = true;
            } else if (lay->state[edge->to] == 0) {
                lay->state[edge->to] = 1;
                stack[depth++] = (struct walk){edge->to, lay->first_net[edge->to], 0};
            }
        }
    }
}

static void break_cycles(struct lay *lay)
{
    struct walk *stack = arena_zeroed(lay->memory, (size_t)lay->thing_count + 1, sizeof *stack);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < lay->thing_count; i++) {
            int thing = lay->things[i];
            if (!lay->state[thing] && (pass || !lay->indegree[thing]))
                visit(lay, stack, thing);
        }
}

/* For each edge that leads forward from a thing. */
#define EACH_FORWARD(lay, thing_, edge_)                                                                               \
    for (int n_ = (lay)->first_net[thing_]; n_ >= 0 && n_ < (lay)->net_count && (lay)->nets[n_].thing == (thing_);     \
         n_++)                                                                                                         \
        for (struct lay_edge *edge_ = &(lay)->edges[(lay)->nets[n_].edge],                                             \
                             *end_ = edge_ + (lay)->nets[n_].edge_count;                                               \
             edge_ < end_; edge_++)                                                                                    \
            if (!edge_->lane)

/* Longest paths from the left. Returns the things in an order in which every edge leads onwards. */
static int *rank_from_left(struct lay *lay)
{
    int *queue = arena_zeroed(lay->memory, (size_t)lay->thing_count + 1, sizeof *queue), head = 0, tail = 0;
    for (int i = 0; i < lay->thing_count; i++)
        lay->indegree[lay->things[i]] = 0;
    for (int i = 0; i < lay->thing_count; i++)
        EACH_FORWARD(lay, lay->things[i], edge) {
            lay->waits[edge->to]++;
            lay->indegree[edge->to]++;
        }
    for (int i = 0; i < lay->thing_count; i++)
        if (!lay->waits[lay->things[i]])
            queue[tail++] = lay->things[i];
    while (head < tail) {
        int thing = queue[head++];
        EACH_FORWARD(lay, thing, edge) {
            lay->rank[edge->to] = MAX(lay->rank[edge->to], lay->rank[thing] + 1);
            if (--lay->waits[edge->to] == 0)
                queue[tail++] = edge->to;
        }
    }
    if (tail != lay->thing_count)
        BUG("a cycle was left in a graph of %d things", lay->thing_count);
    return queue;
}

static void find_ranks(struct lay *lay)
{
    int *sorted = rank_from_left(lay), least = INT_MAX, most = 0;
    /* What feeds more than it is fed stands beside its consumers. */
    for (int i = lay->thing_count - 1; i >= 0; i--) {
        int nearest = INT_MAX, out = 0;
        EACH_FORWARD(lay, sorted[i], edge) {
            nearest = MIN(nearest, lay->rank[edge->to] - 1);
            out++;
        }
        if (out > lay->indegree[sorted[i]])
            lay->rank[sorted[i]] = MAX(lay->rank[sorted[i]], nearest);
    }
    for (int i = 0; i < lay->thing_count; i++)
        least = MIN(least, lay->rank[sorted[i]]);
    for (int i = 0; i < lay->thing_count; i++) {
        lay->rank[sorted[i]] -= least;
        most = MAX(most, lay->rank[sorted[i]]);
    }
    lay->rank_count = most + 1;
}

static int add_node(struct lay *lay, int thing, int net, int rank, int h)
{
    GROW(lay->nodes, lay->node_count, lay->node_cap);
    lay->nodes[lay->node_count] = (struct lay_node){.thing = thing, .net = net, .rank = rank, .h = h};
    return lay->node_count++;
}

static void add_hop(struct lay *lay, struct lay_hop hop)
{
    GROW(lay->hops, lay->hop_count, lay->hop_cap);
    lay->hops[lay->hop_count++] = hop;
}

/* Where a net runs: how far right, and whether it needs the lane. */
static void measure_nets(struct lay *lay)
{
    int64_t dummies = 0;
    for (int i = 0; i < lay->net_list_count; i++) {
        struct lay_net *net = &lay->nets[lay->net_list[i]];
        net->rank = lay->rank[net->thing];
        net->last = net->rank - 1;
        for (int k = 0; k < net->edge_count; k++) {
            struct lay_edge *edge = &lay->edges[net->edge + k];
            if (!edge->lane)
                net->last = MAX(net->last, lay->rank[edge->to] - 1);
        }
        if (dummies + net->last - net->rank > DUMMIES_MAX) {
            for (int k = 0; k < net->edge_count; k++) {
                struct lay_edge *edge = &lay->edges[net->edge + k];
                edge->lane = edge->lane || lay->rank[edge->to] > net->rank + 1;
            }
            net->last = MIN(net->last, net->rank);
        }
        dummies += MAX(net->last - net->rank, 0);
        for (int k = 0; k < net->edge_count; k++)
            net->lane = net->lane || lay->edges[net->edge + k].lane;
    }
}

static void make_nodes(struct lay *lay)
{
    for (int i = 0; i < lay->thing_count; i++) {
        int thing = lay->things[i];
        lay->node_of[thing] = add_node(lay, thing, -1, lay->rank[thing], lay->out->boxes[thing].h);
        lay->out->boxes[thing].rank = lay->rank[thing];
    }
    for (int i = 0; i < lay->net_list_count; i++) {
        struct lay_net *net = &lay->nets[lay->net_list[i]];
        net->first_dummy = lay->node_count;
        for (int r = net->rank + 1; r <= net->last; r++)
            add_node(lay, -1, lay->net_list[i], r, 1);
    }
}

/* Where a net comes into a channel: its port, or its dummy in the rank before. */
static void start_hop(const struct lay *lay, struct lay_hop *hop, const struct lay_net *net)
{
    bool port = hop->channel == net->rank;
    hop->left = port ? lay->node_of[net->thing] : net->first_dummy + hop->channel - net->rank - 1;
    hop->left_row = port ? lay_output_row(lay, net->thing, net->output) : 0;
}

static void make_hops(struct lay *lay)
{
    for (int i = 0; i < lay->net_list_count; i++) {
        int n = lay->net_list[i];
        const struct lay_net *net = &lay->nets[n];
        for (int c = net->rank; c < net->last; c++) {
            struct lay_hop hop = {.net = n, .channel = c, .edge = -1, .right = net->first_dummy + c - net->rank};
            start_hop(lay, &hop, net);
            add_hop(lay, hop);
        }
        for (int k = 0; k < net->edge_count; k++) {
            const struct lay_edge *edge = &lay->edges[net->edge + k];
            int rank = lay->rank[edge->to], c = rank - 1;
            struct lay_hop hop = {.net = n, .channel = c, .edge = net->edge + k, .left = -1,
                                  .right = lay->node_of[edge->to],
                                  .right_row = lay->out->boxes[edge->to].inputs[edge->input].row};
            if (!edge->lane)
                start_hop(lay, &hop, net);
            add_hop(lay, hop);
        }
        if (net->lane) {
            struct lay_hop hop = {.net = n, .channel = net->rank, .edge = -1, .right = -1};
            start_hop(lay, &hop, net);
            add_hop(lay, hop);
        }
    }
}

static int compare_hops(const void *pa, const void *pb)
{
    const struct lay_hop *a = pa, *b = pb;
    if (a->channel != b->channel)
        return a->channel < b->channel ? -1 : 1;
    if (a->net != b->net)
        return a->net < b->net ? -1 : 1;
    if (a->left != b->left)
        return a->left < b->left ? -1 : 1;
    if (a->right != b->right)
        return a->right < b->right ? -1 : 1;
    if (a->right_row != b->right_row)
        return a->right_row < b->right_row ? -1 : 1;
    return a->edge < b->edge ? -1 : a->edge > b->edge;
}

/* The hops on each side of each node, those of the lane left out. */
static void index_hops(struct lay *lay)
{
    size_t nodes = (size_t)lay->node_count + 2, hops = (size_t)lay->hop_count + 1;
    lay->left_start = arena_zeroed(lay->memory, nodes, sizeof *lay->left_start);
    lay->right_start = arena_zeroed(lay->memory, nodes, sizeof *lay->right_start);
    lay->left_hops = arena_zeroed(lay->memory, hops, sizeof *lay->left_hops);
    lay->right_hops = arena_zeroed(lay->memory, hops, sizeof *lay->right_hops);
    for (int pass = 0; pass < 2; pass++) {
        for (int h = 0; h < lay->hop_count; h++) {
            const struct lay_hop *hop = &lay->hops[h];
            if (hop->left < 0 || hop->right < 0)
                continue;
            if (pass) {
                lay->left_hops[lay->left_start[hop->right + 1]++] = h;
                lay->right_hops[lay->right_start[hop->left + 1]++] = h;
            } else {
                lay->left_start[hop->right + 2]++;
                lay->right_start[hop->left + 2]++;
            }
        }
        for (int i = 2; !pass && i < lay->node_count + 2; i++) {
            lay->left_start[i] += lay->left_start[i - 1];
            lay->right_start[i] += lay->right_start[i - 1];
        }
    }
}

void lay_rank(struct lay *lay)
{
    for (int i = 0; i < lay->thing_count; i++)
        lay->first_net[lay->things[i]] = -1;
    for (int i = lay->net_list_count - 1; i >= 0; i--) {
        const struct lay_net *net = &lay->nets[lay->net_list[i]];
        lay->first_net[net->thing] = lay->net_list[i];
        for (int k = 0; k < net->edge_count; k++)
            lay->indegree[lay->edges[net->edge + k].to]++;
    }
    break_cycles(lay);
    find_ranks(lay);
    measure_nets(lay);
    make_nodes(lay);
    make_hops(lay);
    if (lay->hop_count)
        qsort(lay->hops, (size_t)lay->hop_count, sizeof *lay->hops, compare_hops);
    index_hops(lay);
}
