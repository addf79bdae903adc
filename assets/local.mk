catalogdir = $(pkgdatadir)/catalog
dist_catalog_DATA = assets/catalog/ip-camera.yaml assets/catalog/monitor.yaml assets/catalog/people-detector.yaml
graphsdir = $(pkgdatadir)/graphs
dist_graphs_DATA = assets/graphs/crossing.yaml assets/graphs/lobby.yaml assets/graphs/wall.yaml
