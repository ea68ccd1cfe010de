"""Data: real MNIST, its cousins from a folder, every refusal, the order of batches, and augmentation."""

from __future__ import annotations

import errno
import gzip
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch

from scratchnn import data, idx
from scratchnn.augmentation import random_affines, torchvision_module
from scratchnn.config import DataConfig
from scratchnn.data import BatchOrder, DataError, augment, load_dataset

STILL = DataConfig(rotation=0, shift=0, scale=0)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = idx.FILES


def idx_bytes(values: torch.Tensor) -> bytes:
    """uint8 values as an IDX file: images when they have three dimensions, labels when they have one."""
    numbers = [{3: idx.IMAGES, 1: idx.LABELS}[values.ndim], *values.shape]
    return b"".join(number.to_bytes(4, "big") for number in numbers) + values.numpy().tobytes()


def write_files(folder: Path, zipped: bool = False) -> Path:
    """Four small files of random pixels: 30 training images, 12 test images, labels 0..9 in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    random = torch.Generator().manual_seed(0)
    for (images, labels), count in zip(
        ((TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS)), (30, 12), strict=True
    ):
        pixels = torch.randint(0, 256, (count, 28, 28), generator=random, dtype=torch.uint8)
        for name, values in ((images, pixels), (labels, torch.arange(count, dtype=torch.uint8) % 10)):
            content = idx_bytes(values)
            (folder / f"{name}.gz" if zipped else folder / name).write_bytes(
                gzip.compress(content) if zipped else content
            )
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Downloads meet a closed port, and the cache folder is the test's own."""
    datasets = torchvision_module("datasets")
    for kind in (datasets.MNIST, datasets.FashionMNIST, datasets.KMNIST):
        monkeypatch.setattr(kind, "mirrors", ["http://127.0.0.1:9/"])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(idx, "CACHE", tmp_path / "cache")


def load_folder(folder: Path, **settings: Any) -> data.Dataset:
    return load_dataset(DataConfig(**{"data": str(folder), "validation": 5, **settings}))


# Real MNIST


def test_mnist_is_whole_and_in_order() -> None:
    mnist = load_dataset(DataConfig())
    assert (len(mnist.training), len(mnist.validation), len(mnist.test)) == (55_000, 5_000, 10_000)
    assert mnist.training.images.shape == (55_000, 28, 28)
    assert mnist.training.images.dtype == torch.uint8
    assert mnist.training.labels.dtype == torch.int64
    assert mnist.training.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    labels = torch.cat([mnist.training.labels, mnist.validation.labels])
    assert labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert mnist.test.labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.classes == tuple("0123456789")
    assert [split.name for split in (mnist.training, mnist.validation, mnist.test)] == [
        "training",
        "validation",
        "test",
    ]


def test_validation_is_the_last_of_the_training_images() -> None:
    whole = load_dataset(DataConfig(validation=0))
    part = load_dataset(DataConfig(validation=700))
    assert (len(whole.training), len(whole.validation)) == (60_000, 0)
    assert whole.validation.images.shape == (0, 28, 28)
    assert torch.equal(part.validation.images, whole.training.images[-700:])
    assert torch.equal(part.validation.labels, whole.training.labels[-700:])
    assert torch.equal(part.training.labels, whole.training.labels[:-700])


def test_two_configs_share_the_pixels() -> None:
    first, second = load_dataset(DataConfig(validation=0)), load_dataset(DataConfig(validation=10))
    assert first.training.images.data_ptr() == second.training.images.data_ptr()


def test_normalised_training_images_have_mean_0_and_deviation_1() -> None:
    mnist = load_dataset(DataConfig(validation=0))
    images = mnist.normalise(mnist.training.images)
    assert (images.shape, images.dtype) == ((60_000, 1, 28, 28), torch.float32)
    assert abs(images.mean().item()) < 1e-3
    assert abs(images.std().item() - 1) < 1e-3
    one = mnist.training.images[:1]
    torch.testing.assert_close(mnist.normalise(one)[:, 0], (one / 255 - mnist.mean) / mnist.std)


def test_images_are_resized_once_at_load() -> None:
    small = load_dataset(DataConfig(), image_size=14)
    assert (small.training.images.shape, small.training.images.dtype) == ((55_000, 14, 14), torch.uint8)
    means = load_dataset(DataConfig()).test.images.float().view(-1, 14, 2, 14, 2).mean((2, 4))
    difference = (small.test.images.float() - means).abs().mean()
    assert difference < 8, "halving an image is close to averaging its 2×2 squares"
    assert load_dataset(DataConfig(), image_size=14).test.images is small.test.images


def test_two_threads_load_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder, reads, read_files = write_files(tmp_path / "here"), [], data.read_files

    def slow_read(*arguments: Any) -> Any:
        reads.append(arguments)
        time.sleep(0.1)
        return read_files(*arguments)

    monkeypatch.setattr(data, "read_files", slow_read)
    threads = [threading.Thread(target=load_folder, args=(folder,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads) == 1


def test_importing_data_leaves_torchvision_alone() -> None:
    check = "import sys, scratchnn.data; sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=Path(data.__file__).parents[1]).returncode == 0


# Other data sets and folders


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("place", [".", "FashionMNIST/raw"])
def test_a_folder_is_read_in_either_layout_gzipped_or_raw(tmp_path: Path, place: str, zipped: bool) -> None:
    write_files(tmp_path / place, zipped)
    fashion = load_folder(tmp_path, dataset="fashion-mnist")
    assert (len(fashion.training), len(fashion.validation), len(fashion.test)) == (25, 5, 12)
    assert fashion.test.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert fashion.classes[1] == "Trouser"
    content = (tmp_path / place / (TEST_IMAGES + ".gz" * zipped)).read_bytes()
    assert fashion.test.images.numpy().tobytes() == (gzip.decompress(content) if zipped else content)[16:]


def test_kmnist_comes_from_the_cache_folder_when_no_folder_is_named() -> None:
    write_files(idx.CACHE / "KMNIST" / "raw")
    kmnist = load_dataset(DataConfig(dataset="kmnist", validation=0))
    assert (kmnist.name, len(kmnist.training), kmnist.classes[0]) == ("kmnist", 30, "o")


@pytest.mark.parametrize("place", [".", "KMNIST/raw"])
def test_what_is_missing_is_named_with_the_place_to_put_it(tmp_path: Path, place: str) -> None:
    path = write_files(tmp_path / place, zipped=True) / f"{TEST_LABELS}.gz"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(DataError) as refusal:
        load_folder(tmp_path, dataset="kmnist")
    assert str(refusal.value) == (
        f"KMNIST lacks {path.name}, and the download failed; put what is missing into {path.parent}"
    )
    path.write_bytes(content)
    assert len(load_folder(tmp_path, dataset="kmnist").training) == 25


def test_a_failed_download_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"^FashionMNIST lacks train-images\S*gz, .*, t10k-labels\S*gz, and .* into .*raw$"
    ):
        load_folder(tmp_path / "new", dataset="fashion-mnist")
    assert not (tmp_path / "new").exists()


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A web server that offers four small files."""
    folder = write_files(tmp_path / "mirror", zipped=True)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_missing_data_set_is_downloaded_and_kept(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = torchvision_module("datasets").KMNIST
    monkeypatch.setattr(kind, "mirrors", [mirror])
    monkeypatch.setattr(kind, "resources", [(f"{name}.gz", None) for name in idx.FILES])
    assert len(load_folder(tmp_path / "new", dataset="kmnist").training) == 25
    kept = tmp_path / "new" / "KMNIST" / "raw"
    assert sorted(path.name for path in kept.iterdir()) == sorted(f"{name}.gz" for name in idx.FILES)


@pytest.fixture
def silent_mirror() -> Iterator[str]:
    """A server that takes every connection and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_a_download_that_hangs_holds_up_nobody_else_and_is_given_up(
    silent_mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torchvision_module("datasets").KMNIST, "mirrors", [silent_mirror])
    monkeypatch.setattr(idx, "PATIENCE", 2.0)
    here = write_files(tmp_path / "here")
    said: list[str] = []

    def download() -> None:
        try:
            load_folder(tmp_path / "new", dataset="kmnist")
        except DataError as error:
            said.append(str(error))

    thread = threading.Thread(target=download)
    thread.start()
    while not idx._downloading.locked():
        time.sleep(0.01)
    assert len(load_folder(here).training) == 25
    assert thread.is_alive(), "the other one waited for it"
    thread.join(60)
    assert "and the download failed, for nothing came for 2 seconds; put what is missing into" in said[0]
    assert socket.getdefaulttimeout() is None


# Refusals


def truncated(content: bytes) -> bytes:
    return content[:-100]


def headless(content: bytes) -> bytes:
    return content[:6]


def empty(content: bytes) -> bytes:
    return b""


def too_long(content: bytes) -> bytes:
    return content + b"\0"


def wrong_magic(content: bytes) -> bytes:
    return b"\x89PNG" + content[4:]


def labels(content: bytes) -> bytes:
    return idx_bytes(torch.zeros(30, dtype=torch.uint8))


def images_of_20(content: bytes) -> bytes:
    return idx_bytes(torch.zeros(30, 20, 20, dtype=torch.uint8))


def no_images(content: bytes) -> bytes:
    return idx_bytes(torch.zeros(0, 28, 28, dtype=torch.uint8))


def twelve_images(content: bytes) -> bytes:
    return idx_bytes(torch.zeros(12, 28, 28, dtype=torch.uint8))


REFUSALS = {
    truncated: r"is truncated: 23,436 bytes where its header announces 23,536; replace it",
    headless: r"is truncated: 6 bytes",
    empty: r"is not an IDX file of images: it begins with 0 instead of 2051",
    too_long: r"is too long: 23,537 bytes",
    wrong_magic: r"is not an IDX file of images: it begins with 2303741511 instead of 2051",
    labels: r"holds labels where its name promises images; the files are mixed up",
    images_of_20: r"holds images of shape 30×20×20; ScratchNN reads images of 28×28",
    no_images: r"holds images of shape 0×28×28; .* at least one",
    twelve_images: r"holds 12 images and .*train-labels\S* 30 labels; the files do not belong together",
}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("damage", REFUSALS, ids=lambda damage: damage.__name__)
def test_a_broken_file_of_images_is_refused_in_one_sentence(tmp_path: Path, damage: Any, zipped: bool) -> None:
    path = write_files(tmp_path, zipped) / (TRAIN_IMAGES + ".gz" * zipped)
    content = path.read_bytes()
    path.write_bytes(gzip.compress(damage(gzip.decompress(content))) if zipped else damage(content))
    with pytest.raises(DataError, match=rf"^{re.escape(str(path))} {REFUSALS[damage]}") as refusal:
        load_folder(tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_label_above_9_is_refused(tmp_path: Path) -> None:
    path = write_files(tmp_path) / TEST_LABELS
    path.write_bytes(path.read_bytes()[:-1] + bytes([37]))
    with pytest.raises(DataError, match=rf"^{re.escape(str(path))} holds the label 37, and labels are 0 to 9"):
        load_folder(tmp_path)


def test_images_in_place_of_labels_are_refused(tmp_path: Path) -> None:
    path = write_files(tmp_path) / TRAIN_LABELS
    path.write_bytes((tmp_path / TRAIN_IMAGES).read_bytes())
    with pytest.raises(DataError, match=rf"^{re.escape(str(path))} holds images where its name promises labels"):
        load_folder(tmp_path)


@pytest.mark.parametrize("kept", [slice(0, -50), slice(0, 5), slice(0, 40)], ids=["end", "header", "middle"])
def test_a_cut_gzip_is_refused(tmp_path: Path, kept: slice) -> None:
    path = write_files(tmp_path, zipped=True) / f"{TEST_IMAGES}.gz"
    path.write_bytes(path.read_bytes()[kept])
    with pytest.raises(DataError, match=rf"^{re.escape(str(path))} is a damaged or truncated gzip file"):
        load_folder(tmp_path)


@pytest.mark.parametrize("position", [10, 5000], ids=["first block", "pixels"])
def test_a_changed_byte_in_a_gzip_is_refused(tmp_path: Path, position: int) -> None:
    path = write_files(tmp_path, zipped=True) / f"{TEST_IMAGES}.gz"
    content = bytearray(path.read_bytes())
    content[position] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"^{re.escape(str(path))} is a damaged or truncated gzip file"):
        load_folder(tmp_path)


def test_a_repaired_file_is_read_again(tmp_path: Path) -> None:
    path = write_files(tmp_path) / TRAIN_IMAGES
    path.write_bytes(truncated(path.read_bytes()))
    with pytest.raises(DataError):
        load_folder(tmp_path)
    write_files(tmp_path)
    assert len(load_folder(tmp_path).training) == 25


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = write_files(tmp_path) / TRAIN_IMAGES
    with pytest.raises(DataError, match="is not a folder; name the folder that holds the files of MNIST"):
        load_folder(path)


def test_validation_cannot_take_every_image(tmp_path: Path) -> None:
    write_files(tmp_path)
    with pytest.raises(DataError, match="30 validation images leave nothing of the 30 to train on"):
        load_folder(tmp_path, validation=30)


# The order of batches


def test_each_epoch_is_another_permutation() -> None:
    order = BatchOrder(num_images=100, batch_size=8, seed=0)
    assert order.steps_per_epoch == 13
    epochs = [torch.cat([order.indices(epoch * 13 + batch) for batch in range(13)]) for epoch in range(3)]
    for epoch in epochs:
        assert epoch.dtype == torch.int64
        assert epoch.sort().values.tolist() == list(range(100))
    assert len({tuple(epoch.tolist()) for epoch in epochs}) == 3
    assert [len(order.indices(step)) for step in (0, 11, 12, 13)] == [8, 8, 4, 8]


def test_any_step_is_known_directly_and_again() -> None:
    order = BatchOrder(100, 8, seed=3)
    walked = [order.indices(step) for step in range(40)]
    for step in (39, 0, 12, 26, 13):
        assert torch.equal(BatchOrder(100, 8, seed=3).indices(step), walked[step])
        assert torch.equal(order.indices(step), walked[step])


def test_seeds_and_epochs_do_not_repeat_one_another() -> None:
    orders = {tuple(BatchOrder(50, 50, seed).indices(epoch).tolist()) for seed in range(8) for epoch in range(8)}
    assert len(orders) == 64


# Augmentation


def digits(count: int) -> torch.Tensor:
    mnist = load_dataset(DataConfig())
    return mnist.normalise(mnist.test.images[:count])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_augmentation_without_ranges_changes_nothing() -> None:
    images = digits(300)
    torch.testing.assert_close(augment(images, STILL, seeded()), images, rtol=0, atol=1e-4)


def test_augmentation_depends_on_its_generator_alone() -> None:
    images, before = digits(64), digits(64)
    first = augment(images, DataConfig(), seeded())
    torch.rand(5)
    assert torch.equal(augment(images, DataConfig(), seeded()), first)
    assert not torch.equal(augment(images, DataConfig(), seeded(1)), first)
    assert torch.equal(images, before), "the images given are left as they were"
    assert (first.shape, first.dtype) == (images.shape, torch.float32)


def test_each_image_of_a_batch_varies_differently() -> None:
    varied = augment(digits(1).repeat(16, 1, 1, 1), DataConfig(), seeded())
    assert all(not torch.equal(varied[i], varied[j]) for i in range(16) for j in range(i))


@pytest.mark.parametrize("background", [0.0, -0.4242])
def test_neighbours_do_not_bleed_into_each_other(background: float) -> None:
    images = torch.full((40, 1, 28, 28), background)
    images[::2] = 2.8
    strongest = DataConfig(rotation=45, shift=6, scale=0.4)
    for seed in range(5):
        varied = augment(images, strongest, seeded(seed))
        torch.testing.assert_close(varied[1::2], images[1::2], rtol=0, atol=1e-6)
        assert varied.min() >= background - 1e-6
        assert varied[::2, :, 13:15, 13:15].min() > 2.79, "the middle of a white image stays white"


@pytest.mark.parametrize(
    "settings", [{"rotation": 45}, {"shift": 6}, {"scale": 0.4}, {"rotation": 10, "shift": 2, "scale": 0.1}]
)
def test_augmentation_equals_torchvision_affine(settings: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    config = STILL.model_copy(update=settings)
    chance = torch.tensor([[0.8, -0.5, 0.75, 0.6]] * 3, dtype=torch.float64)
    monkeypatch.setattr(torch, "rand", lambda *_, **__: (chance + 1) / 2)
    images = digits(3) + 0.4242  # torchvision fills with 0, so black is made 0
    expected = torchvision_module("transforms.v2.functional").affine(
        images,
        angle=0.8 * config.rotation,
        translate=[-0.5 * config.shift, 0.75 * config.shift],
        scale=1 + 0.6 * config.scale,
        shear=[0.0, 0.0],
        interpolation=torchvision_module("transforms").InterpolationMode.BILINEAR,
    )
    assert (expected - images).abs().max() > 0.5
    torch.testing.assert_close(augment(images, config, seeded()), expected, rtol=0, atol=1e-4)


def test_the_ranges_are_used_to_their_ends_and_kept() -> None:
    affines = random_affines(3000, DataConfig(rotation=20, shift=3, scale=0.2), seeded())
    turn = affines[:, :, :2]
    scale = torch.linalg.det(turn) ** -0.5
    angle = torch.rad2deg(torch.atan2(turn[:, 0, 1], turn[:, 0, 0]))
    shift = -torch.linalg.solve(turn, affines[:, :, 2])
    for amounts, end in ((angle, 20), (shift[:, 0], 3), (shift[:, 1], 3), (scale - 1, 0.2)):
        assert 0.99 * end < amounts.max() <= end + 1e-9
        assert 0.99 * end < -amounts.min() <= end + 1e-9
        assert abs(amounts.mean()) < 0.05 * end


@pytest.mark.parametrize("folder", ["~nobodyx", "a" * 5000, "a\0b"])
def test_what_can_be_no_folder_is_refused_in_one_short_sentence(folder: str) -> None:
    with pytest.raises(DataError, match=r"^the data folder .* cannot be read: .*; name another one$") as refusal:
        load_folder(Path(folder))
    assert len(str(refusal.value)) < 250


def test_a_folder_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bool:  # as for a folder of somebody else's; root may read everything
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(DataError, match="cannot be read: Permission denied; name another one"):
        load_folder(tmp_path)
