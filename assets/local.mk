catalogdir = $(pkgdatadir)/catalog
dist_catalog_DATA = \
	assets/catalog/alarm.yaml \
	assets/catalog/ip-camera.yaml \
	assets/catalog/monitor.yaml \
	assets/catalog/motion-detector.yaml \
	assets/catalog/onnx-detector.yaml \
	assets/catalog/people-detector.yaml \
	assets/catalog/recorder.yaml
graphsdir = $(pkgdatadir)/graphs
dist_graphs_DATA = \
	assets/graphs/crossing.yaml \
	assets/graphs/dangerous-region.yaml \
	assets/graphs/digital-signs.yaml \
	assets/graphs/firefighting.yaml \
	assets/graphs/lobby.yaml \
	assets/graphs/person-tracking.yaml \
	assets/graphs/security-alert.yaml \
	assets/graphs/wall.yaml

# The container images that the catalogue names. Variables: ENGINE, BASE, REGISTRY (assets/images/build says what they are).
images:
	ENGINE='$(ENGINE)' BASE='$(BASE)' REGISTRY='$(REGISTRY)' $(srcdir)/assets/images/build
check-images:
	abs_top_srcdir='$(abs_top_srcdir)' ENGINE='$(ENGINE)' BASE='$(BASE)' $(srcdir)/tests/images.sh
.PHONY: images check-images
EXTRA_DIST += assets/images/Containerfile assets/images/Containerfile.dockerignore assets/images/build tests/images.sh
