#include "graph/layout_internal.h"

#define ROUNDS 6

/* Rows: each rank is settled against its neighbours so that the sum of its wires' bends is least: pool adjacent
 * violators over the wishes of all its wires, with the median in each pool. */

struct wish {
    int row, weight;
};

struct pool {
    int first, last; /* nodes, by order */
    int wish, wishes;
    int row;
};

static int gap_between(const struct lay *lay, const struct lay_node *above, const struct lay_node *below)
{
    return above->thing >= 0 && below->thing >= 0 && lay->options->density != LAYOUT_LINES ? 1 : 0;
}

static int hop_weight(const struct lay *lay, const struct lay_hop *hop)
{
    bool left = lay->nodes[hop->left].thing < 0, right = lay->nodes[hop->right].thing < 0;
    return left && right ? 8 : left || right ? 2 : 1;
}

/* The lower weighted median of sorted wishes. */
static int median(const struct wish *wishes, int count)
{
    int64_t total = 0, sum = 0;
    for (int i = 0; i < count; i++)
        total += wishes[i].weight;
    for (int i = 0; i < count; i++) {
        sum += wishes[i].weight;
        if (sum * 2 >= total)
            return wishes[i].row;
    }
    return 0;
}

static int compare_wishes(const void *pa, const void *pb)
{
    const struct wish *a = pa, *b = pb;
    return a->row < b->row ? -1 : a->row > b->row;
}

static void sort_wishes(struct wish *wishes, int count)
{
    if (count > 16) {
        qsort(wishes, (size_t)count, sizeof *wishes, compare_wishes);
        return;
    }
    for (int i = 1; i < count; i++) {
        struct wish one = wishes[i];
        int at = i;
        for (; at > 0 && wishes[at - 1].row > one.row; at--)
            wishes[at] = wishes[at - 1];
        wishes[at] = one;
    }
}

static void merge_wishes(struct wish *wishes, int first, int second, struct wish *scratch)
{
    int i = 0, j = first, k = 0;
    while (i < first && j < first + second)
        scratch[k++] = wishes[j].row < wishes[i].row ? wishes[j++] : wishes[i++];
    while (i < first)
        scratch[k++] = wishes[i++];
    memcpy(wishes, scratch, (size_t)k * sizeof *wishes);
}

#define WISHES_MAX 512

/* Of a large pool's wishes every second one stays, for two: their median is hardly another. */
static int thin_out(struct wish *wishes, int count)
{
    if (count <= WISHES_MAX)
        return count;
    int kept = 0;
    for (int i = 0; i + 1 < count; i += 2) {
        struct wish both = {wishes[i].row, wishes[i].weight + wishes[i + 1].weight};
        wishes[kept++] = both;
    }
    if (count % 2)
        wishes[kept++] = wishes[count - 1];
    return kept;
}

/* What a node's wires on the wanted sides (1 left, 2 right) would like its top to be, less `offset`. */
static int collect_wishes(const struct lay *lay, int node, int sides, int offset, struct wish *out)
{
    int count = 0;
    for (int k = lay->left_start[node]; (sides & 1) && k < lay->left_start[node + 1]; k++) {
        const struct lay_hop *hop = &lay->hops[lay->left_hops[k]];
        int row = lay->nodes[hop->left].y + hop->left_row - hop->right_row;
        out[count++] = (struct wish){row - offset, hop_weight(lay, hop) * 4};
    }
    for (int k = lay->right_start[node]; (sides & 2) && k < lay->right_start[node + 1]; k++) {
        const struct lay_hop *hop = &lay->hops[lay->right_hops[k]];
        int row = lay->nodes[hop->right].y + hop->right_row - hop->left_row;
        out[count++] = (struct wish){row - offset, hop_weight(lay, hop) * 4};
    }
    if (!count)
        out[count++] = (struct wish){lay->nodes[node].y - offset, 1};
    sort_wishes(out, count);
    return count;
}

struct settler {
    struct wish *wishes, *scratch;
    struct pool *pools;
    int *offsets;
};

static void settle_rank(struct lay *lay, int rank, int sides, struct settler *s)
{
    int pools = 0, wishes = 0;
    for (int i = 0; i < lay->rank_size[rank]; i++) {
        int node = lay->by_rank[rank][i];
        const struct lay_node *above = i ? &lay->nodes[lay->by_rank[rank][i - 1]] : NULL;
        s->offsets[i] = above ? s->offsets[i - 1] + above->h + gap_between(lay, above, &lay->nodes[node]) : 0;
        struct pool pool = {i, i, wishes, collect_wishes(lay, node, sides, s->offsets[i], s->wishes + wishes), 0};
        pool.wishes = thin_out(s->wishes + pool.wish, pool.wishes);
        pool.row = median(s->wishes + pool.wish, pool.wishes);
        while (pools && s->pools[pools - 1].row > pool.row) {
            struct pool *before = &s->pools[--pools];
            merge_wishes(s->wishes + before->wish, before->wishes, pool.wishes, s->scratch);
            before->wishes = thin_out(s->wishes + before->wish, before->wishes + pool.wishes);
            before->last = pool.last;
            pool = *before;
            pool.row = median(s->wishes + pool.wish, pool.wishes);
        }
        s->pools[pools++] = pool;
        wishes = pool.wish + pool.wishes;
    }
    for (int p = 0; p < pools; p++)
        for (int i = s->pools[p].first; i <= s->pools[p].last; i++)
            lay->nodes[lay->by_rank[rank][i]].y = s->pools[p].row + s->offsets[i];
}

/* What the picture costs: bends, and a little for height. */
static int64_t cost(const struct lay *lay)
{
    int64_t sum = 0;
    for (int h = 0; h < lay->hop_count; h++) {
        const struct lay_hop *hop = &lay->hops[h];
        if (hop->left < 0 || hop->right < 0)
            continue;
        int64_t dy = lay->nodes[hop->left].y + hop->left_row - lay->nodes[hop->right].y - hop->right_row;
        sum += (dy < 0 ? -dy : dy) * hop_weight(lay, hop) + (dy ? 3 : 0);
    }
    return sum;
}

static void keep_if_better(const struct lay *lay, int *kept, int64_t *best)
{
    int64_t now = cost(lay);
    if (now >= *best)
        return;
    *best = now;
    for (int i = 0; i < lay->node_count; i++)
        kept[i] = lay->nodes[i].y;
}

static void settle(struct lay *lay)
{
    size_t wishes = (size_t)lay->hop_count * 2 + (size_t)lay->node_count + 1, nodes = (size_t)lay->node_count + 1;
    struct settler s = {arena_zeroed(lay->memory, wishes, sizeof *s.wishes), arena_zeroed(lay->memory, wishes, sizeof *s.scratch),
                        arena_zeroed(lay->memory, nodes, sizeof *s.pools), arena_zeroed(lay->memory, nodes, sizeof *s.offsets)};
    int *kept = arena_zeroed(lay->memory, nodes, sizeof *kept);
    int64_t best = INT64_MAX;
    for (int r = 0; r < lay->rank_count; r++)
        settle_rank(lay, r, 0, &s);
    keep_if_better(lay, kept, &best);
    for (int round = 0; round < ROUNDS && best > 0; round++) {
        int sides = round >= ROUNDS - 2 ? 3 : 0;
        for (int r = 1; r < lay->rank_count; r++)
            settle_rank(lay, r, sides | 1, &s);
        keep_if_better(lay, kept, &best);
        for (int r = lay->rank_count - 2; r >= 0; r--)
            settle_rank(lay, r, sides | 2, &s);
        keep_if_better(lay, kept, &best);
    }
    for (int i = 0; i < lay->node_count; i++)
        lay->nodes[i].y = kept[i];
}

struct arrival {
    int hop, input, row;
    bool lane;
};

static int compare_arrivals(const void *pa, const void *pb)
{
    const struct arrival *a = pa, *b = pb;
    if (a->input != b->input)
        return a->input < b->input ? -1 : 1;
    if (a->lane != b->lane)
        return a->lane ? 1 : -1;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return a->hop < b->hop ? -1 : a->hop > b->hop;
}

/* Where several nets come into one input, they do so in the order in which they arrive; those from the lane last. */
static void assign_slots(struct lay *lay, bool by_row)
{
    int *first = arena_zeroed(lay->memory, (size_t)lay->node_count + 2, sizeof *first), count = 0;
    struct arrival *arrivals = arena_zeroed(lay->memory, (size_t)lay->hop_count + 1, sizeof *arrivals);
    for (int h = 0; h < lay->hop_count; h++)
        if (lay->hops[h].edge >= 0)
            first[lay->hops[h].right + 2]++;
    for (int i = 2; i < lay->node_count + 2; i++)
        first[i] += first[i - 1];
    for (int h = 0; h < lay->hop_count; h++) {
        const struct lay_hop *hop = &lay->hops[h];
        if (hop->edge < 0)
            continue;
        const struct lay_node *left = hop->left >= 0 ? &lay->nodes[hop->left] : NULL;
        arrivals[first[hop->right + 1]++] = (struct arrival){
            h, lay->edges[hop->edge].input, left ? (by_row ? left->y : left->base) + hop->left_row : 0, !left};
        count++;
    }
    for (int node = 0; node < lay->node_count; node++) {
        int from = first[node], to = first[node + 1], slot = 0;
        qsort(arrivals + from, (size_t)(to - from), sizeof *arrivals, compare_arrivals);
        for (int i = from; i < to; i++) {
            slot = i > from && arrivals[i].input == arrivals[i - 1].input ? slot + 1 : 0;
            struct lay_hop *hop = &lay->hops[arrivals[i].hop];
            lay->edges[hop->edge].slot = slot;
            hop->right_row = lay_input_row(lay, &lay->edges[hop->edge]);
        }
    }
}

void lay_place(struct lay *lay)
{
    assign_slots(lay, false);
    settle(lay);
    assign_slots(lay, true);
    int top = INT_MAX, bottom = 0;
    for (int i = 0; i < lay->node_count; i++)
        top = MIN(top, lay->nodes[i].y);
    for (int i = 0; i < lay->node_count; i++) {
        lay->nodes[i].y -= top;
        bottom = MAX(bottom, lay->nodes[i].y + lay->nodes[i].h);
        if (lay->nodes[i].thing >= 0)
            lay->out->boxes[lay->nodes[i].thing].y = lay->nodes[i].y;
    }
    lay->lane_top = bottom;
    lay->top = 0;
    lay->height = bottom;
}
