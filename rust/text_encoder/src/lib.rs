//! The tokenizers library behind a few functions that C++ can call
//! (src/text_encoding/text_encoder.cc). No panic leaves them: it becomes an error's text.

mod limits;

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Once;

use tokenizers::models::ModelWrapper;
use tokenizers::Tokenizer;

pub struct Encoder {
    tokenizer: Tokenizer,
    limits: limits::Limits,
    vocabulary_size: u64,
}

/// Bytes to be given back to modelkin_text_free: a result, or why there is none, in UTF-8.
#[repr(C)]
pub struct Answer {
    data: *mut u8,
    size: usize,
    failed: bool,
}

impl Answer {
    fn new(bytes: Vec<u8>, failed: bool) -> Self {
        let bytes = Box::leak(bytes.into_boxed_slice());
        Answer { data: bytes.as_mut_ptr(), size: bytes.len(), failed }
    }
}

type Outcome = Result<Vec<u8>, String>;

fn panic_text(panic: Box<dyn Any + Send>) -> String {
    let other = match panic.downcast::<String>() {
        Ok(text) => return *text,
        Err(other) => other,
    };
    match other.downcast::<&str>() {
        Ok(text) => text.to_string(),
        Err(unknown) => {
            std::mem::forget(unknown); // which might panic once more as it is dropped
            "it gave up".to_string()
        }
    }
}

/// The library's caches hold whole entries only, so an encoder is as good after a panic as before.
fn answer(work: impl FnOnce() -> Outcome) -> Answer {
    match catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panic_text(panic))) {
        Ok(bytes) => Answer::new(bytes, false),
        Err(text) => Answer::new(text.into_bytes(), true),
    }
}

/// # Safety
/// `data` points to `size` bytes, or `size` is 0.
unsafe fn slice<'a, T>(data: *const T, size: usize) -> &'a [T] {
    if size == 0 {
        return &[];
    }
    std::slice::from_raw_parts(data, size)
}

/// Encodings are of the whole text and the same every time, as in transformers' defaults: a file's
/// truncation, padding and random choices (BPE-dropout, Unigram sampling) are for training.
fn open(json: &[u8]) -> Result<Encoder, String> {
    limits::check_strings(json)?;
    let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
    tokenizer.with_truncation(None).map_err(|error| error.to_string())?;
    tokenizer.with_padding(None);
    let certain = match tokenizer.get_model() {
        ModelWrapper::BPE(bpe) if bpe.dropout.is_some() => {
            let mut bpe = bpe.clone();
            bpe.dropout = None;
            Some(ModelWrapper::BPE(bpe))
        }
        ModelWrapper::Unigram(unigram) if unigram.alpha.is_some() => {
            let mut unigram = unigram.clone();
            unigram.alpha = None;
            Some(ModelWrapper::Unigram(unigram))
        }
        _ => None,
    };
    if let Some(model) = certain {
        tokenizer.with_model(model);
    }
    let limits = limits::Limits::of(&tokenizer)?;
    let vocabulary_size = tokenizer.get_vocab_size(true) as u64;
    Ok(Encoder { tokenizer, limits, vocabulary_size })
}

/// On success `encoder` is set, to be given back to modelkin_text_close.
///
/// # Safety
/// `json` points to `size` bytes, `encoder` to room for a pointer.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_open(
    json: *const u8,
    size: usize,
    encoder: *mut *mut Encoder,
) -> Answer {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        std::panic::set_hook(Box::new(|_| {})); // which would print to the terminal
        limits::limit_regular_expressions();
    });
    answer(|| {
        let opened = open(slice(json, size))?;
        *encoder = Box::into_raw(Box::new(opened));
        Ok(vec![])
    })
}

/// # Safety
/// `encoder` is of modelkin_text_open, and not used again.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_close(encoder: *mut Encoder) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(encoder))));
}

/// # Safety
/// `answer` is of one of these functions, and not used again.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_free(answer: Answer) {
    drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(answer.data, answer.size)));
}

/// # Safety
/// As all below: `encoder` is of modelkin_text_open.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_vocabulary_size(encoder: *const Encoder) -> u64 {
    (*encoder).vocabulary_size
}

/// Of the first byte that is no UTF-8; `size` if there is none.
///
/// # Safety
/// `text` points to `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_bad_byte(text: *const u8, size: usize) -> usize {
    std::str::from_utf8(slice(text, size)).map_or_else(|error| error.valid_up_to(), |_| size)
}

/// Ids of 32 bits, in this machine's order of bytes.
///
/// # Safety
/// `text` points to `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_encode(
    encoder: *const Encoder,
    text: *const u8,
    size: usize,
    special_tokens: bool,
) -> Answer {
    let encoder = &*encoder;
    answer(|| {
        let text = std::str::from_utf8(slice(text, size)).map_err(|error| error.to_string())?;
        encoder.limits.check_text(text.len())?;
        // "Fast": without the places of tokens in the text.
        let encoding = encoder.tokenizer.encode_fast(text, special_tokens);
        let encoding = encoding.map_err(|error| error.to_string())?;
        Ok(encoding.get_ids().iter().flat_map(|id| id.to_ne_bytes()).collect())
    })
}

/// # Safety
/// `ids` points to `count` numbers.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_decode(
    encoder: *const Encoder,
    ids: *const u32,
    count: usize,
    skip_special: bool,
) -> Answer {
    let encoder = &*encoder;
    answer(|| {
        let ids = slice(ids, count);
        let lengths =
            ids.iter().map(|&id| encoder.tokenizer.id_to_token(id).map_or(0, |t| t.len()));
        encoder.limits.check_tokens(lengths)?;
        let text = encoder.tokenizer.decode(ids, skip_special);
        Ok(text.map_err(|error| error.to_string())?.into_bytes())
    })
}

/// # Safety
/// As above.
#[no_mangle]
pub unsafe extern "C" fn modelkin_text_token(encoder: *const Encoder, id: u32) -> Answer {
    let encoder = &*encoder;
    answer(|| match encoder.tokenizer.id_to_token(id) {
        Some(text) => Ok(text.into_bytes()),
        None => Err(format!("has no token {id}")),
    })
}
