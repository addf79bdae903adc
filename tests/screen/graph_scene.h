/* graph_scene: a scene with a graph in it: its document, its traffic, and operations that act on the document. */
#ifndef TESTS_SCREEN_GRAPH_SCENE_H
#define TESTS_SCREEN_GRAPH_SCENE_H

#include "tests/screen/scene.h"

struct graph_scene {
    struct scene *scene;
    struct faults faults;
    unsigned deploys;
};

/* name: "lobby" (frames flow), "dead" (the camera stopped), "starting", "trouble", "held" (the camera is stopped, the monitor paused), "draft" (nothing is deployed),
 * "twelve" (a draft of twelve things), "broken" (faults), "none" (no document), "scarce" (a draft on a cluster with one free
 * GPU), "unseen" (a draft where the nodes may not be listed), "tried" (a cluster that says at once what it would refuse). NULL: no such scene. srcdir: where
 * assets/ is. */
struct graph_scene *graph_scene_new(struct loop *loop, const char *name, const char *srcdir, int64_t wall);
/* The document as it is, on the cluster: its text in a ConfigMap. */
void graph_scene_deploy(struct graph_scene *gs);
/* Somebody else's. */
void graph_scene_deploy_text(struct graph_scene *gs, const char *text);
/* The same, with what the cluster remembers. */
void graph_scene_deploy_history(struct graph_scene *gs, const char *text, const char *revisions);
/* The cluster's answer to a trial of lobby: the detector is over a quota, and others set something of the camera. Tells nobody. */
void graph_scene_answer(struct graph_scene *gs);
void graph_scene_free(struct graph_scene *gs);
extern const char *const graph_scene_names[];

#endif
