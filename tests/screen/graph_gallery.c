/* graph_gallery: the Graph view on a scripted scene, to look at. graph_gallery SCENE [SRCDIR] */
#include "base/time.h"
#include "tests/screen/graph_scene.h"
#include "ui/dashboard.h"

int main(int argc, char **argv)
{
    struct loop *loop = loop_new(NULL);
    const char *name = argc > 1 ? argv[1] : "lobby";
    struct graph_scene *gs = graph_scene_new(loop, name, argc > 2 ? argv[2] : ".", time_wall());
    if (!gs) {
        fprintf(stderr, "graph_gallery: there is no scene '%s'; there are:", name);
        for (size_t i = 0; graph_scene_names[i]; i++)
            fprintf(stderr, " %s", graph_scene_names[i]);
        fputs("\n", stderr);
        loop_free(loop);
        return 2;
    }
    struct err err = ERR_INIT;
    int status = dashboard_run(&gs->scene->model, &(struct dashboard_options){.view = "graph"}, &err);
    if (err_is_set(&err))
        fprintf(stderr, "graph_gallery: %s\n", err.text);
    graph_scene_free(gs);
    loop_free(loop);
    return status;
}
