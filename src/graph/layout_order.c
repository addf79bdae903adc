#include "graph/layout_internal.h"

#define SWEEPS 12
#define PATIENCE 4 /* sweeps without a gain before it is good enough */

struct place { /* the two ends of a hop, as rows counted from each rank's top */
    int left, right;
};

static void set_bases(struct lay *lay, int rank)
{
    int base = 0;
    for (int i = 0; i < lay->rank_size[rank]; i++) {
        struct lay_node *node = &lay->nodes[lay->by_rank[rank][i]];
        node->order = i;
        node->base = base;
        base += node->h;
    }
}

static int left_place(const struct lay *lay, const struct lay_hop *hop)
{
    return lay->nodes[hop->left].base + hop->left_row;
}

static int right_place(const struct lay *lay, const struct lay_hop *hop)
{
    return lay->nodes[hop->right].base + hop->right_row;
}

static int compare_places(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    if (a->left != b->left)
        return a->left < b->left ? -1 : 1;
    return a->right < b->right ? -1 : a->right > b->right;
}

/* Pairs out of order, by merging; few of them by insertion. */
static int64_t inversions(int *v, int *scratch, int count)
{
    if (count <= 16) {
        int64_t swaps = 0;
        for (int i = 1; i < count; i++) {
            int at = i, one = v[i];
            for (; at > 0 && v[at - 1] > one; at--)
                v[at] = v[at - 1];
            v[at] = one;
            swaps += i - at;
        }
        return swaps;
    }
    int half = count / 2, i = 0, j = half, k = 0;
    int64_t n = inversions(v, scratch, half) + inversions(v + half, scratch, count - half);
    while (i < half && j < count) {
        if (v[j] < v[i]) {
            n += half - i;
            scratch[k++] = v[j++];
        } else {
            scratch[k++] = v[i++];
        }
    }
    while (i < half)
        scratch[k++] = v[i++];
    memcpy(v, scratch, (size_t)k * sizeof *v);
    return n;
}

static int64_t count_crossings(const struct lay *lay)
{
    int64_t crossings = 0;
    struct arena_mark mark = arena_mark(lay->memory);
    struct place *places = arena_zeroed(lay->memory, (size_t)lay->hop_count + 1, sizeof *places);
    int *rows = arena_zeroed(lay->memory, (size_t)lay->hop_count * 2 + 2, sizeof *rows);
    for (int h = 0; h < lay->hop_count;) {
        int channel = lay->hops[h].channel, count = 0;
        for (; h < lay->hop_count && lay->hops[h].channel == channel; h++)
            if (lay->hops[h].left >= 0 && lay->hops[h].right >= 0)
                places[count++] = (struct place){left_place(lay, &lay->hops[h]), right_place(lay, &lay->hops[h])};
        qsort(places, (size_t)count, sizeof *places, compare_places);
        for (int i = 0; i < count; i++)
            rows[i] = places[i].right;
        crossings += inversions(rows, rows + lay->hop_count + 1, count);
    }
    arena_back(lay->memory, mark);
    return crossings;
}

struct weighed {
    int node, order;
    double weight;
};

static int compare_weighed(const void *pa, const void *pb)
{
    const struct weighed *a = pa, *b = pb;
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Sorts a rank by the middle of what each node is wired to on one side; nodes without wires there keep their places. */
static void sort_rank(struct lay *lay, int rank, bool by_left, struct weighed *weighed, int *seats)
{
    int count = 0;
    for (int i = 0; i < lay->rank_size[rank]; i++) {
        int node = lay->by_rank[rank][i];
        const int *start = by_left ? lay->left_start : lay->right_start,
                  *hops = by_left ? lay->left_hops : lay->right_hops;
        double sum = 0;
        for (int k = start[node]; k < start[node + 1]; k++) {
            const struct lay_hop *hop = &lay->hops[hops[k]];
            sum += by_left ? left_place(lay, hop) : right_place(lay, hop);
        }
        if (start[node + 1] > start[node]) {
            weighed[count] = (struct weighed){node, i, sum / (start[node + 1] - start[node])};
            seats[count++] = i;
        }
    }
    qsort(weighed, (size_t)count, sizeof *weighed, compare_weighed);
    for (int i = 0; i < count; i++)
        lay->by_rank[rank][seats[i]] = weighed[i].node;
    set_bases(lay, rank);
}

/* Hubs with more wires between them than this are not compared one by one: their middles have to do. */
#define PAIRS_MAX 10000

/* How many wires of u and v cross when u stands above v, minus when it stands below. */
static int64_t gain_of_swap(const struct lay *lay, int u, int v)
{
    int64_t gain = 0;
    for (int side = 0; side < 2; side++) {
        const int *start = side ? lay->right_start : lay->left_start, *hops = side ? lay->right_hops : lay->left_hops;
        if ((int64_t)(start[u + 1] - start[u]) * (start[v + 1] - start[v]) > PAIRS_MAX)
            return 0;
        for (int i = start[u]; i < start[u + 1]; i++)
            for (int j = start[v]; j < start[v + 1]; j++) {
                const struct lay_hop *a = &lay->hops[hops[i]], *b = &lay->hops[hops[j]];
                int pa = side ? right_place(lay, a) : left_place(lay, a);
                int pb = side ? right_place(lay, b) : left_place(lay, b);
                gain += pa > pb ? 1 : pa < pb ? -1 : 0;
            }
    }
    return gain;
}

static void swap_neighbours(struct lay *lay)
{
    bool moved = true;
    for (int pass = 0; pass < 4 && moved; pass++) {
        moved = false;
        for (int r = 0; r < lay->rank_count; r++)
            for (int i = 0; i + 1 < lay->rank_size[r]; i++) {
                int *pair = &lay->by_rank[r][i];
                if (gain_of_swap(lay, pair[0], pair[1]) <= 0)
                    continue;
                int u = pair[0];
                pair[0] = pair[1];
                pair[1] = u;
                lay->nodes[pair[0]].base = lay->nodes[u].base;
                lay->nodes[u].base = lay->nodes[pair[0]].base + lay->nodes[pair[0]].h;
                lay->nodes[pair[0]].order = i;
                lay->nodes[u].order = i + 1;
                moved = true;
            }
    }
}

static void keep_order(const struct lay *lay, int *kept)
{
    for (int r = 0, k = 0; r < lay->rank_count; r++)
        for (int i = 0; i < lay->rank_size[r]; i++)
            kept[k++] = lay->by_rank[r][i];
}

static void restore_order(struct lay *lay, const int *kept)
{
    for (int r = 0, k = 0; r < lay->rank_count; r++) {
        for (int i = 0; i < lay->rank_size[r]; i++)
            lay->by_rank[r][i] = kept[k++];
        set_bases(lay, r);
    }
}

/* As they stood before; what is new follows in the document's order, dummies by what they come from. */
static void first_order(struct lay *lay, struct weighed *weighed)
{
    const struct layout_before *previous = lay->options->previous;
    lay->by_rank = arena_zeroed(lay->memory, (size_t)lay->rank_count, sizeof *lay->by_rank);
    lay->rank_size = arena_zeroed(lay->memory, (size_t)lay->rank_count, sizeof *lay->rank_size);
    for (int i = 0; i < lay->node_count; i++)
        lay->rank_size[lay->nodes[i].rank]++;
    for (int r = 0; r < lay->rank_count; r++) {
        lay->by_rank[r] = arena_zeroed(lay->memory, (size_t)lay->rank_size[r] + 1, sizeof **lay->by_rank);
        lay->rank_size[r] = 0;
    }
    for (int i = 0; i < lay->node_count; i++)
        lay->by_rank[lay->nodes[i].rank][lay->rank_size[lay->nodes[i].rank]++] = i;
    for (int r = 0; r < lay->rank_count; r++) {
        for (int i = 0; previous && i < lay->rank_size[r]; i++) {
            int node = lay->by_rank[r][i];
            int thing = lay->nodes[node].thing >= 0 ? lay->nodes[node].thing : lay->nets[lay->nodes[node].net].thing;
            weighed[i] = (struct weighed){node, i, previous[thing].ordered ? previous[thing].order_y : 1e9};
        }
        if (previous)
            qsort(weighed, (size_t)lay->rank_size[r], sizeof *weighed, compare_weighed);
        for (int i = 0; previous && i < lay->rank_size[r]; i++)
            lay->by_rank[r][i] = weighed[i].node;
        set_bases(lay, r);
    }
}

void lay_order(struct lay *lay)
{
    struct weighed *weighed = arena_zeroed(lay->memory, (size_t)lay->node_count + 1, sizeof *weighed);
    int *seats = arena_zeroed(lay->memory, (size_t)lay->node_count + 1, sizeof *seats);
    int *kept = arena_zeroed(lay->memory, (size_t)lay->node_count + 1, sizeof *kept);
    first_order(lay, weighed);
    keep_order(lay, kept);
    int64_t best = count_crossings(lay);
    for (int sweep = 0, idle = 0; sweep < SWEEPS && idle < PATIENCE && best > 0; sweep++, idle++) {
        bool right = sweep % 2 == 0;
        for (int i = 1; i < lay->rank_count; i++)
            sort_rank(lay, right ? i : lay->rank_count - 1 - i, right, weighed, seats);
        swap_neighbours(lay);
        int64_t crossings = count_crossings(lay);
        if (crossings < best) {
            best = crossings;
            idle = 0;
            keep_order(lay, kept);
        }
    }
    restore_order(lay, kept);
}
