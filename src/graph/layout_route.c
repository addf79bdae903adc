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
    int *run_of, *riser_of;    /* by net */
    struct piece *pieces;
    int piece_count;
};

static int run_for(struct channel *ch, int net, bool riser)
{
    int *slot = riser ? &ch->riser_of[net] : &ch->run_of[net];
    struct lay *lay = ch->lay;
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
    int *seen = xcalloc((size_t)ch->run_count + 1, sizeof *seen);
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
    free(seen);
}

/* The rows of a run's right ends (the lane counts as one). */
static void span_of_rights(const struct channel *ch, int first, int last, int index, int *lo, int *hi)
{
    const struct lay *lay = ch->lay;
    const struct lay_run *run = &lay->runs[index];
    *lo = INT_MAX;
    *hi = INT_MIN;
    for (int h = first; h < last; h++) {
        const struct lay_hop *hop = &lay->hops[h];
        if (hop->net != run->net || (hop->left < 0) != run->riser)
            continue;
        *lo = MIN(*lo, right_row(lay, hop));
        *hi = MAX(*hi, right_row(lay, hop));
    }
}

static int piece_of(const struct channel *ch, int run, int part)
{
    for (int i = 0; i < ch->piece_count; i++)
        if (ch->pieces[i].run == run && ch->pieces[i].part == part)
            return i;
    return -1;
}

static void make_pieces(struct channel *ch, int first, int last)
{
    struct lay *lay = ch->lay;
    int *start = xcalloc((size_t)ch->run_count + 1, sizeof *start);
    ch->piece_count = 0;
    ch->pieces = xcalloc((size_t)ch->run_count * 2 + 1, sizeof *ch->pieces);
    for (int i = 0; i < ch->run_count; i++) {
        struct lay_run *run = &lay->runs[ch->first_run + i];
        start[i] = ch->piece_count;
        for (int part = 0; part < run->pieces; part++) {
            struct piece piece = {.run = ch->first_run + i, .part = part, .lo = run->lo, .hi = run->hi, .next = -1};
            if (run->pieces == 2 && part == 0) {
                piece.lo = MIN(run->left_y, run->step_row);
                piece.hi = MAX(run->left_y, run->step_row);
            } else if (run->pieces == 2) {
                span_of_rights(ch, first, last, piece.run, &piece.lo, &piece.hi);
                piece.lo = MIN(piece.lo, run->step_row);
                piece.hi = MAX(piece.hi, run->step_row);
            }
            /* What goes down stands further left the lower it comes in; what goes up, the higher. */
            bool down = run->hi - run->left_y >= run->left_y - run->lo;
            piece.group = down ? 0 : 1;
            piece.key = down ? -run->left_y : run->left_y;
            ch->pieces[ch->piece_count++] = piece;
        }
    }
    for (int i = 0; i < ch->run_count; i++) {
        int other = follower(ch, ch->first_run + i);
        if (other < 0 || !lay->runs[other].pieces)
            continue;
        int next = piece_of(ch, other, lay->runs[other].pieces - 1);
        ch->pieces[start[i]].next = next;
        ch->pieces[next].waits++;
    }
    free(start);
}

static bool piece_before(const struct piece *a, const struct piece *b)
{
    if (a->group != b->group)
        return a->group < b->group;
    return a->key < b->key;
}

/* The leftmost track from `least` on where nothing is in the piece's way. */
static int free_track(const struct channel *ch, const struct piece *piece)
{
    int track = piece->least;
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < ch->piece_count; i++) {
            const struct piece *other = &ch->pieces[i];
            if (other->done && ch->lay->runs[other->run].track[other->part] == track && other->lo <= piece->hi &&
                piece->lo <= other->hi) {
                track++;
                again = true;
                break;
            }
        }
    }
    return track;
}

static int assign_tracks(struct channel *ch)
{
    int tracks = 0;
    for (int done = 0; done < ch->piece_count; done++) {
        struct piece *best = NULL;
        for (int i = 0; i < ch->piece_count; i++) {
            struct piece *piece = &ch->pieces[i];
            if (!piece->done && !piece->waits && (!best || piece_before(piece, best)))
                best = piece;
        }
        if (!best)
            BUG("the tracks of channel %d wait for each other", ch->index);
        int track = free_track(ch, best);
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

/* Lanes: nets whose ways from rank to rank do not meet share a row. */
static void assign_lanes(struct lay *lay)
{
    struct { int from, to; } *spans = xcalloc((size_t)lay->net_list_count + 1, sizeof *spans);
    int *lanes = xcalloc((size_t)lay->net_list_count + 1, sizeof *lanes);
    for (int i = 0; i < lay->net_list_count; i++) {
        struct lay_net *net = &lay->nets[lay->net_list[i]];
        if (!net->lane) {
            lanes[i] = -1;
            continue;
        }
        spans[i].from = spans[i].to = net->rank;
        for (int k = 0; k < net->edge_count; k++) {
            const struct lay_edge *edge = &lay->edges[net->edge + k];
            if (edge->lane) {
                spans[i].from = MIN(spans[i].from, lay->rank[edge->to] - 1);
                spans[i].to = MAX(spans[i].to, lay->rank[edge->to] - 1);
            }
        }
        for (bool again = true; again;) {
            again = false;
            for (int j = 0; j < i; j++)
                if (lanes[j] == lanes[i] && spans[j].from <= spans[i].to && spans[i].from <= spans[j].to) {
                    lanes[i]++;
                    again = true;
                    break;
                }
        }
        net->lane_row = lay->lane_top + lanes[i];
        lay->lane_count = MAX(lay->lane_count, lanes[i] + 1);
    }
    lay->height += lay->lane_count;
    free(lanes);
    free(spans);
}

static void route_channels(struct lay *lay)
{
    /* Above, below and between there are as many free rows as there can be steps. */
    int margin = lay->hop_count + 1, rows = lay->height + 2 * margin + 1;
    struct channel ch = {.lay = lay, .row_base = -margin, .row_count = rows};
    ch.left_run = xcalloc((size_t)rows, sizeof *ch.left_run);
    ch.right_run = xcalloc((size_t)rows, sizeof *ch.right_run);
    ch.taken = xcalloc((size_t)rows, sizeof *ch.taken);
    ch.run_of = xcalloc((size_t)lay->net_count + 1, sizeof *ch.run_of);
    ch.riser_of = xcalloc((size_t)lay->net_count + 1, sizeof *ch.riser_of);
    for (int i = 0; i < lay->net_list_count; i++)
        ch.run_of[lay->net_list[i]] = ch.riser_of[lay->net_list[i]] = -1;
    for (int first = 0, last; first < lay->hop_count; first = last) {
        for (last = first; last < lay->hop_count && lay->hops[last].channel == lay->hops[first].channel;)
            last++;
        ch.index = lay->hops[first].channel;
        for (int r = 0; r < rows; r++)
            ch.left_run[r] = ch.right_run[r] = -1;
        memset(ch.taken, 0, (size_t)rows * sizeof *ch.taken);
        for (int l = 0; l < lay->lane_count; l++)
            ch.taken[lay->lane_top + l - ch.row_base] = true;
        collect_runs(&ch, first, last);
        break_rings(&ch);
        make_pieces(&ch, first, last);
        lay->channel_tracks[ch.index + 1] = assign_tracks(&ch);
        free(ch.pieces);
    }
    free(ch.left_run);
    free(ch.right_run);
    free(ch.taken);
    free(ch.run_of);
    free(ch.riser_of);
}

void lay_route(struct lay *lay)
{
    size_t ranks = (size_t)lay->rank_count + 2;
    lay->rank_x = xcalloc(ranks, sizeof *lay->rank_x);
    lay->rank_w = xcalloc(ranks, sizeof *lay->rank_w);
    lay->channel_x = xcalloc(ranks, sizeof *lay->channel_x);
    lay->channel_tracks = xcalloc(ranks, sizeof *lay->channel_tracks);
    for (int i = 0; i < lay->net_list_count; i++) {
        struct lay_net *net = &lay->nets[lay->net_list[i]];
        net->first_run = lay->net_run_count;
        lay->net_run_count += MAX(net->last, net->rank) - net->rank + 1;
    }
    lay->net_runs = xcalloc((size_t)lay->net_run_count + 1, sizeof *lay->net_runs);
    assign_lanes(lay);
    route_channels(lay);
    lay_columns(lay);
    int bottom = lay->height;
    for (int i = 0; i < lay->run_count; i++)
        if (lay->runs[i].pieces == 2)
            bottom = MAX(bottom, lay->runs[i].step_row + 1);
    lay->height = bottom - lay->top;
}
