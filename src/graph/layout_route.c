#include "graph/layout_internal.h"

/* Channels. A net that changes its row has one vertical piece on a track. Where net A comes into a row from the left
 * that net B leaves to the right, A's track must stand left of B's; such rules may form a ring, and then one net of the
 * ring steps aside through a free row and has two pieces. */

struct piece {
    int run, part;
    int lo, hi;
    int next;    /* the piece that must stand further right, or -1 */
    int waits;
    int least;   /* track at the least */
    int track_next; /* the piece before it on its track, or -1 */
    bool done;
    int group, key;
};

struct channel {
    struct lay *lay;
    int index;
    int first_run, run_count;
    int row_base, row_count;  /* rows known below */
    int *left_run, *right_run; /* by row: whose, or -1 */
    bool *taken;               /* by row: a step's */
    struct piece *pieces;
    int piece_count;
    int *order;                /* pieces, the one to settle first before the others */
    int *tracks;               /* the last piece on each, or -1 */
};

static int run_for(struct channel *ch, int net, bool riser)
{
    struct lay *lay = ch->lay;
    int *slot = riser ? &lay->riser_of[net] : &lay->run_of[net];
    if (*slot >= ch->first_run)
        return *slot;
    GROW(lay->runs, lay->run_count, lay->run_cap);
    lay->runs[lay->run_count] =
        (struct lay_run){.net = net, .channel = ch->index, .riser = riser, .lo = INT_MAX, .hi = INT_MIN};
    ch->run_count++;
    return *slot = lay->run_count++;
}

static int right_row(const struct lay *lay, const struct lay_hop *hop)
{
    return hop->right < 0 ? lay->nets[hop->net].lane_row : lay->nodes[hop->right].y + hop->right_row;
}

static int left_row(const struct lay *lay, const struct lay_hop *hop)
{
    return hop->left < 0 ? lay->nets[hop->net].lane_row : lay->nodes[hop->left].y + hop->left_row;
}

static void touch(struct lay_run *run, int row)
{
    run->lo = MIN(run->lo, row);
    run->hi = MAX(run->hi, row);
}

/* Runs from the channel's hops [first, last). */
static void collect_runs(struct channel *ch, int first, int last)
{
    struct lay *lay = ch->lay;
    ch->first_run = lay->run_count;
    ch->run_count = 0;
    for (int h = first; h < last; h++) {
        const struct lay_hop *hop = &lay->hops[h];
        int index = run_for(ch, hop->net, hop->left < 0), from = left_row(lay, hop), to = right_row(lay, hop);
        struct lay_run *run = &lay->runs[index];
        run->left_y = from;
        touch(run, from);
        touch(run, to);
        if (hop->left >= 0)
            ch->left_run[from - ch->row_base] = index;
        if (hop->right >= 0)
            ch->right_run[to - ch->row_base] = index;
        if (run->riser && hop->edge >= 0)
            lay->edges[hop->edge].riser = index;
        if (!run->riser)
            lay->net_runs[lay->nets[hop->net].first_run + ch->index - lay->nets[hop->net].rank] = index;
    }
    for (int i = 0; i < ch->run_count; i++) {
        struct lay_run *run = &lay->runs[ch->first_run + i];
        run->pieces = run->lo == run->hi ? 0 : 1;
    }
}

/* The run whose right end lies in the row where this one comes in. */
static int follower(const struct channel *ch, int run)
{
    const struct lay_run *r = &ch->lay->runs[run];
    if (r->riser || !r->pieces)
        return -1;
    int other = ch->right_run[r->left_y - ch->row_base];
    return other == run ? -1 : other;
}

static bool row_free(const struct channel *ch, int row)
{
    int i = row - ch->row_base;
    return i >= 0 && i < ch->row_count && ch->left_run[i] < 0 && ch->right_run[i] < 0 && !ch->taken[i];
}

/* A free row, as near to the middle of the run as there is one. */
static int find_free_row(const struct channel *ch, const struct lay_run *run)
{
    int middle = run->lo + (run->hi - run->lo) / 2;
    for (int d = 0; d < ch->row_count; d++) {
        if (row_free(ch, middle + d))
            return middle + d;
        if (row_free(ch, middle - d))
            return middle - d;
    }
    BUG("no free row in channel %d", ch->index);
}

static void break_rings(struct channel *ch)
{
    struct lay *lay = ch->lay;
    int *seen = arena_zeroed(lay->memory, (size_t)ch->run_count + 1, sizeof *seen);
    for (int i = 0; i < ch->run_count; i++) {
        int at = ch->first_run + i;
        while (at >= 0 && !seen[at - ch->first_run] && lay->runs[at].pieces == 1) {
            seen[at - ch->first_run] = i + 1;
            at = follower(ch, at);
        }
        if (at < 0 || seen[at - ch->first_run] != i + 1 || lay->runs[at].pieces != 1)
            continue;
        struct lay_run *run = &lay->runs[at];
        run->step_row = find_free_row(ch, run);
        run->pieces = 2;
        ch->taken[run->step_row - ch->row_base] = true;
        lay->top = MIN(lay->top, run->step_row);
    }
}

/* The rows of the right ends of each run in two pieces (the lane counts as one), to its second piece. */
static void span_of_rights(struct channel *ch, int first, int last, const int *start)
{
    const struct lay *lay = ch->lay;
    for (int h = first; h < last; h++) {
        const struct lay_hop *hop = &lay->hops[h];
        int run = hop->left < 0 ? lay->riser_of[hop->net] : lay->run_of[hop->net];
        if (lay->runs[run].pieces != 2)
            continue;
        struct piece *piece = &ch->pieces[start[run - ch->first_run] + 1];
        piece->lo = MIN(piece->lo, right_row(lay, hop));
        piece->hi = MAX(piece->hi, right_row(lay, hop));
    }
}

static void make_pieces(struct channel *ch, int first, int last)
{
    struct lay *lay = ch->lay;
    int *start = arena_zeroed(lay->memory, (size_t)ch->run_count + 1, sizeof *start);
    ch->piece_count = 0;
    ch->pieces = arena_zeroed(lay->memory, (size_t)ch->run_count * 2 + 1, sizeof *ch->pieces);
    for (int i = 0; i < ch->run_count; i++) {
        struct lay_run *run = &lay->runs[ch->first_run + i];
        start[i] = ch->piece_count;
        for (int part = 0; part < run->pieces; part++) {
            struct piece piece = {.run = ch->first_run + i, .part = part, .lo = run->lo, .hi = run->hi, .next = -1};
            if (run->pieces == 2) {
                piece.lo = part ? run->step_row : MIN(run->left_y, run->step_row);
                piece.hi = part ? run->step_row : MAX(run->left_y, run->step_row);
            }
            /* What goes down stands further left the lower it comes in; what goes up, the higher. */
            bool down = run->hi - run->left_y >= run->left_y - run->lo;
            piece.group = down ? 0 : 1;
            piece.key = down ? -run->left_y : run->left_y;
            ch->pieces[ch->piece_count++] = piece;
        }
    }
    span_of_rights(ch, first, last, start);
    for (int i = 0; i < ch->run_count; i++) {
        int other = follower(ch, ch->first_run + i);
        if (other < 0 || !lay->runs[other].pieces)
            continue;
        int next = start[other - ch->first_run] + lay->runs[other].pieces - 1;
        ch->pieces[start[i]].next = next;
        ch->pieces[next].waits++;
    }
}

static int compare_pieces(const void *pa, const void *pb, void *data)
{
    const struct channel *ch = data;
    int i = *(const int *)pa, j = *(const int *)pb;
    const struct piece *a = &ch->pieces[i], *b = &ch->pieces[j];
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return i < j ? -1 : i > j;
}

/* Puts a piece on the leftmost track from `least` on where nothing is in its way. */
static int take_track(struct channel *ch, int index)
{
    struct piece *piece = &ch->pieces[index];
    for (int track = piece->least;; track++) {
        int other = ch->tracks[track];
        while (other >= 0 && (ch->pieces[other].lo > piece->hi || piece->lo > ch->pieces[other].hi))
            other = ch->pieces[other].track_next;
        if (other >= 0)
            continue;
        piece->track_next = ch->tracks[track];
        ch->tracks[track] = index;
        return track;
    }
}

static int assign_tracks(struct channel *ch)
{
    int tracks = 0, head = 0;
    size_t room = (size_t)ch->piece_count + 1;
    ch->order = arena_zeroed(ch->lay->memory, room, sizeof *ch->order);
    ch->tracks = arena_zeroed(ch->lay->memory, room, sizeof *ch->tracks);
    for (int i = 0; i < ch->piece_count; i++)
        ch->order[i] = i;
    memset(ch->tracks, 0xff, room * sizeof *ch->tracks);
    qsort_r(ch->order, (size_t)ch->piece_count, sizeof *ch->order, compare_pieces, ch);
    for (int done = 0; done < ch->piece_count; done++) {
        while (ch->pieces[ch->order[head]].done)
            head++;
        int at = head;
        while (at < ch->piece_count && (ch->pieces[ch->order[at]].done || ch->pieces[ch->order[at]].waits))
            at++;
        if (at == ch->piece_count)
            BUG("the tracks of channel %d wait for each other", ch->index);
        struct piece *best = &ch->pieces[ch->order[at]];
        int track = take_track(ch, ch->order[at]);
        ch->lay->runs[best->run].track[best->part] = track;
        best->done = true;
        tracks = MAX(tracks, track + 1);
        if (best->next >= 0) {
            struct piece *next = &ch->pieces[best->next];
            next->waits--;
            next->least = MAX(next->least, track + 1);
        }
    }
    return tracks;
}

struct span { /* of a net in its lane, as ranks */
    int from, to, next; /* next: the one before it in the lane, or -1 */
};

static struct span lane_span(const struct lay *lay, const struct lay_net *net)
{
    struct span span = {net->rank, net->rank, -1};
    for (int k = 0; k < net->edge_count; k++) {
        const struct lay_edge *edge = &lay->edges[net->edge + k];
        if (edge->lane) {
            span.from = MIN(span.from, lay->rank[edge->to] - 1);
            span.to = MAX(span.to, lay->rank[edge->to] - 1);
        }
    }
    return span;
}

/* Lanes: nets whose ways from rank to rank do not meet share a row. */
static void assign_lanes(struct lay *lay)
{
    struct span *spans = arena_zeroed(lay->memory, (size_t)lay->net_list_count + 1, sizeof *spans);
    int *lanes = arena_zeroed(lay->memory, (size_t)lay->net_list_count + 1, sizeof *lanes); /* the last net in each, or -1 */
    memset(lanes, 0xff, ((size_t)lay->net_list_count + 1) * sizeof *lanes);
    for (int i = 0; i < lay->net_list_count; i++) {
        struct lay_net *net = &lay->nets[lay->net_list[i]];
        if (!net->lane)
            continue;
        spans[i] = lane_span(lay, net);
        int lane = 0;
        for (;; lane++) {
            int other = lanes[lane];
            while (other >= 0 && (spans[other].from > spans[i].to || spans[i].from > spans[other].to))
                other = spans[other].next;
            if (other < 0)
                break;
        }
        spans[i].next = lanes[lane];
        lanes[lane] = i;
        net->lane_row = lay->lane_top + lane;
        lay->lane_count = MAX(lay->lane_count, lane + 1);
    }
    lay->height += lay->lane_count;
}

/* Where the hops of the next channel end. */
static int end_of_channel(const struct lay *lay, int first)
{
    int last = first;
    while (last < lay->hop_count && lay->hops[last].channel == lay->hops[first].channel)
        last++;
    return last;
}

/* Forgets whose the rows were. */
static void clear_rows(struct channel *ch, int first, int last)
{
    const struct lay *lay = ch->lay;
    for (int h = first; h < last; h++) {
        ch->left_run[left_row(lay, &lay->hops[h]) - ch->row_base] = -1;
        ch->right_run[right_row(lay, &lay->hops[h]) - ch->row_base] = -1;
    }
    for (int i = 0; i < ch->run_count; i++)
        if (lay->runs[ch->first_run + i].pieces == 2)
            ch->taken[lay->runs[ch->first_run + i].step_row - ch->row_base] = false;
}

static void route_channels(struct lay *lay)
{
    /* Above, below and between there are as many free rows as there can be steps in a channel. */
    int margin = 1;
    for (int first = 0, last; first < lay->hop_count; first = last) {
        last = end_of_channel(lay, first);
        margin = MAX(margin, last - first + 1);
    }
    int rows = lay->height + 2 * margin + 1;
    struct channel ch = {.lay = lay, .row_base = -margin, .row_count = rows};
    ch.left_run = arena_zeroed(lay->memory, (size_t)rows, sizeof *ch.left_run);
    ch.right_run = arena_zeroed(lay->memory, (size_t)rows, sizeof *ch.right_run);
    ch.taken = arena_zeroed(lay->memory, (size_t)rows, sizeof *ch.taken);
    memset(ch.left_run, 0xff, (size_t)rows * sizeof *ch.left_run);
    memset(ch.right_run, 0xff, (size_t)rows * sizeof *ch.right_run);
    for (int l = 0; l < lay->lane_count; l++)
        ch.taken[lay->lane_top + l - ch.row_base] = true;
    for (int i = 0; i < lay->net_list_count; i++)
        lay->run_of[lay->net_list[i]] = lay->riser_of[lay->net_list[i]] = -1;
    for (int first = 0, last; first < lay->hop_count; first = last) {
        last = end_of_channel(lay, first);
        ch.index = lay->hops[first].channel;
        collect_runs(&ch, first, last);
        break_rings(&ch);
        make_pieces(&ch, first, last);
        lay->channel_tracks[ch.index + 1] = assign_tracks(&ch);
        clear_rows(&ch, first, last);
    }
}

void lay_route(struct lay *lay)
{
    size_t ranks = (size_t)lay->rank_count + 2;
    lay->rank_x = arena_zeroed(lay->memory, ranks, sizeof *lay->rank_x);
    lay->rank_w = arena_zeroed(lay->memory, ranks, sizeof *lay->rank_w);
    lay->channel_x = arena_zeroed(lay->memory, ranks, sizeof *lay->channel_x);
    lay->channel_tracks = arena_zeroed(lay->memory, ranks, sizeof *lay->channel_tracks);
    for (int i = 0; i < lay->net_list_count; i++) {
        struct lay_net *net = &lay->nets[lay->net_list[i]];
        net->first_run = lay->net_run_count;
        lay->net_run_count += MAX(net->last, net->rank) - net->rank + 1;
    }
    lay->net_runs = arena_zeroed(lay->memory, (size_t)lay->net_run_count + 1, sizeof *lay->net_runs);
    assign_lanes(lay);
    route_channels(lay);
    lay_columns(lay);
    int bottom = lay->height;
    for (int i = 0; i < lay->run_count; i++)
        if (lay->runs[i].pieces == 2)
            bottom = MAX(bottom, lay->runs[i].step_row + 1);
    lay->height = bottom - lay->top;
}
