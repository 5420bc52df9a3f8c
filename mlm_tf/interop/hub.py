"""From a name on the Hugging Face Hub to a folder, by `huggingface_hub` and its cache."""

import pathlib

from mlm_tf.errors import DownloadError, MissingFileError

# All that is ever asked for: nothing in it can be executed, as a pickle can.
FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "model-*-of-*.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
)


def download(name: str, revision: str | None) -> pathlib.Path:
    """The folder of a checkpoint in the cache of `huggingface_hub`, downloaded if need be.

    That package heeds `HF_HOME` (where the cache is), `HF_ENDPOINT` (a mirror), `HF_TOKEN`, and
    `HF_HUB_OFFLINE`; without a network what has been downloaded before is taken.

    Raises:
        MissingFileError: if the Hub has no such name or revision.
        DownloadError: if it cannot be reached, or refuses, and the cache has not all of it.
    """
    from huggingface_hub import HfApi, errors, snapshot_download

    try:
        folder = pathlib.Path(snapshot_download(name, revision=revision, allow_patterns=[*FILES]))
        if not any(folder.glob("model*.safetensors*")):
            # Before 1.0, without a network, a part in the cache was taken for the whole.
            HfApi().model_info(name, revision=revision)
        return folder
    except errors.HFValidationError:
        raise MissingFileError(
            f"name_or_folder={name!r} is neither a folder nor a name on the Hugging Face Hub; use "
            "a path, or a name such as 'openai-community/gpt2'."
        ) from None
    except errors.GatedRepoError as error:
        raise DownloadError(
            f"{name!r} is given out on the Hugging Face Hub only to those who accepted its terms; "
            "accept them there and set HF_TOKEN."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise MissingFileError(
            f"name_or_folder={name!r} is neither a folder here nor a public name on the Hugging "
            "Face Hub; check the spelling (for a private one set HF_TOKEN)."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise MissingFileError(
            f"{name!r} has no revision={revision!r} on the Hugging Face Hub; use a branch, a tag "
            "or a commit that it has."
        ) from error
    except Exception as error:  # of the network, of the disk, of whatever carries the requests
        cause = error.__cause__ or error
        raise DownloadError(
            f"{name!r} could not be downloaded from the Hugging Face Hub ({type(cause).__name__}: "
            f"{_first_line(cause)}); try again with a network, or give the path of a folder that "
            "holds the checkpoint."
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0].rstrip(".")
