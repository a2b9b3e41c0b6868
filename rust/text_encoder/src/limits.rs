//! What a tokenizer.json from anywhere may cost. Rust ends the process where memory runs out, so
//! what could ask for much of it is found before: steps that make a text longer, one after the other,
//! and names that stand for every unknown character. Steps are looked at as the library understood
//! them, not as the file spells them.

use std::ffi::{c_int, c_uint, c_ulong};

use serde_json::Value;
use tokenizers::models::ModelWrapper;
use tokenizers::Tokenizer;

/// Of a text at its longest, beyond what `USUAL_GROWTH` allows.
const LARGEST_GROWN_TEXT: f64 = (64 << 20) as f64;
const LARGEST_DECODED_TEXT: f64 = (512 << 20) as f64;
/// SentencePiece's spelling of spaces, twice over, with room: above what published files have.
const USUAL_GROWTH: f64 = 16.0;
const LONGEST_STRING: usize = 16 << 10;
const MOST_STEPS: usize = 256;
const LONGEST_AFFIX: usize = 256;
/// WordPiece takes time as the third power of a word's length.
const LONGEST_WORD: usize = 1000;
/// Unigram looks for pieces of any length at each place of a text.
const LONGEST_PIECE: usize = 1024;
const LONGEST_POST_PROCESSOR: usize = 64 << 10;
/// NFKC makes 11 times as many bytes of U+FDFA, lower case one and a half of some.
const UNICODE_GROWTH: f64 = 12.0;
/// In bytes: what SentencePiece's own tables replace a character with is shorter.
const LONGEST_REPLACEMENT: usize = 64;

extern "C" {
    fn onig_set_match_stack_limit_size(entries: c_uint) -> c_int;
    fn onig_set_retry_limit_in_search(retries: c_ulong) -> c_int;
}

/// Oniguruma gives up on a place after 10 million retries; this is about whole searches, and memory
/// (some 600 MB at most).
pub fn limit_regular_expressions() {
    unsafe {
        onig_set_match_stack_limit_size(1 << 24);
        onig_set_retry_limit_in_search(1 << 30);
    }
}

/// Before the library sees the file: its tree of Unigram's pieces has a level for each byte of the
/// longest and is taken down by recursion, which a piece of a megabyte makes overflow the stack.
pub fn check_strings(json: &[u8]) -> Result<(), String> {
    let mut is_table = false; // the next string is the only one that may be long
    let mut rest = json;
    while let Some(start) = rest.iter().position(|&byte| byte == b'"') {
        is_table &= rest[..start].iter().all(|byte| b": \t\r\n".contains(byte));
        rest = &rest[start + 1..];
        let mut length = 0;
        while rest.get(length).is_some_and(|&byte| byte != b'"') {
            length += if rest[length] == b'\\' { 2 } else { 1 };
        }
        if length > LONGEST_STRING && !is_table {
            return Err(format!("holds a string of more than {LONGEST_STRING} bytes"));
        }
        is_table = rest.starts_with(b"precompiled_charsmap\"");
        rest = rest.get(length + 1..).unwrap_or_default();
    }
    Ok(())
}

pub struct Limits {
    encode_growth: f64,
    decode_growth: f64,
}

/// By how much the steps so far make a text longer, at most.
struct Growth {
    factor: f64,
    steps: usize,
    decoding: bool,
}

impl Growth {
    fn of(parts: &[Value], decoding: bool) -> Result<f64, String> {
        let mut growth = Growth { factor: 1.0, steps: 0, decoding };
        parts.iter().for_each(|part| growth.add(part));
        if growth.steps > MOST_STEPS {
            return Err(format!("its pipeline has more than {MOST_STEPS} steps"));
        }
        Ok(growth.factor)
    }

    fn add(&mut self, step: &Value) {
        self.steps += 1;
        let length = |key: &str| step[key].as_str().map_or(0, str::len) as f64;
        self.factor *= match step["type"].as_str().unwrap_or("") {
            "Sequence" => {
                for list in ["normalizers", "pretokenizers", "decoders"] {
                    step[list].as_array().into_iter().flatten().for_each(|inner| self.add(inner));
                }
                1.0
            }
            "Replace" => replacement_growth(&step["pattern"], length("content")),
            "Prepend" => 1.0 + length("prepend"),
            "ByteLevel" | "Metaspace" if self.decoding => 1.0, // which undo what they do to texts
            // Two bytes for one, or a space of three or four, and one more before.
            "ByteLevel" => 3.0,
            "Metaspace" => 4.0,
            "Precompiled" => precompiled_growth(&step["precompiled_charsmap"]).max(self.again()),
            "NFC" | "NFD" | "NFKC" | "NFKD" | "Lowercase" | "BertNormalizer" => self.again(),
            _ => 1.0,
        };
    }

    /// These change nothing that they have changed already, unless a step between them made more of
    /// it.
    fn again(&self) -> f64 {
        if self.factor > 1.0 {
            UNICODE_GROWTH
        } else {
            1.0
        }
    }
}

fn replacement_growth(pattern: &Value, content: f64) -> f64 {
    if let Some(text) = pattern["String"].as_str() {
        return if text.is_empty() {
            1.0 + content
        } else {
            (content / text.len() as f64).max(1.0)
        };
    }
    // With none of these a match has at least one character.
    let plain = pattern["Regex"].as_str().unwrap_or("?");
    let plain = ["\\s", "\\n", "\\t", "\\r", "\\d"]
        .iter()
        .fold(plain.to_string(), |text, class| text.replace(class, "s"));
    let may_be_empty =
        plain.is_empty() || plain.contains(['*', '?', '{', '|', '^', '$', '(', '\\']);
    (content + f64::from(u8::from(may_be_empty))).max(1.0)
}

/// A table of what to replace characters with: after a trie of a length that comes first, texts that
/// end with a zero.
fn precompiled_growth(charsmap: &Value) -> f64 {
    let table = base64::decode(charsmap.as_str().unwrap_or("")).unwrap_or_default();
    let Some((length, rest)) = table.split_first_chunk::<4>() else { return 1.0 };
    let texts = rest.get(u32::from_le_bytes(*length) as usize..).unwrap_or_default();
    let longest = texts.split(|&byte| byte == 0).map(<[u8]>::len).max().unwrap_or(0);
    if longest <= LONGEST_REPLACEMENT {
        1.0
    } else {
        longest as f64
    }
}

/// How often a post-processor repeats the text.
fn repeats(step: &Value) -> usize {
    let inner = step["processors"].as_array().into_iter().flatten().map(repeats);
    let own = step["single"]
        .as_array()
        .map_or(1, |pieces| pieces.iter().filter(|piece| !piece["Sequence"].is_null()).count());
    inner.fold(own, usize::saturating_mul)
}

fn check_model(model: &ModelWrapper) -> Result<(), String> {
    let affixes: Vec<&str> = match model {
        ModelWrapper::BPE(bpe) => {
            [&bpe.unk_token, &bpe.continuing_subword_prefix, &bpe.end_of_word_suffix]
                .into_iter()
                .flat_map(|name| name.as_deref())
                .collect()
        }
        ModelWrapper::WordPiece(model) => vec![&model.unk_token, &model.continuing_subword_prefix],
        ModelWrapper::WordLevel(model) => vec![&model.unk_token],
        ModelWrapper::Unigram(_) => vec![],
    };
    if affixes.iter().any(|affix| affix.len() > LONGEST_AFFIX) {
        return Err(format!(
            "its model's unknown token, prefix or suffix has more than {LONGEST_AFFIX} bytes"
        ));
    }
    match model {
        ModelWrapper::WordPiece(model) if model.max_input_chars_per_word > LONGEST_WORD => {
            Err(format!("its words may have more than {LONGEST_WORD} characters"))
        }
        ModelWrapper::Unigram(model)
            if model.iter().any(|(piece, _)| piece.len() > LONGEST_PIECE) =>
        {
            Err(format!("one of its pieces has more than {LONGEST_PIECE} bytes"))
        }
        _ => Ok(()),
    }
}

impl Limits {
    pub fn of(tokenizer: &Tokenizer) -> Result<Self, String> {
        let value = |part: serde_json::Result<Value>| part.map_err(|error| error.to_string());
        check_model(tokenizer.get_model())?;
        let post_processor = value(serde_json::to_value(tokenizer.get_post_processor()))?;
        if post_processor.to_string().len() > LONGEST_POST_PROCESSOR {
            return Err("its post-processor is longer than 64 KiB".to_string());
        }
        if repeats(&post_processor) > 1 {
            return Err("its post-processor repeats the text".to_string());
        }
        let normalizer = value(serde_json::to_value(tokenizer.get_normalizer()))?;
        let pre_tokenizer = value(serde_json::to_value(tokenizer.get_pre_tokenizer()))?;
        let decoder = value(serde_json::to_value(tokenizer.get_decoder()))?;
        Ok(Limits {
            encode_growth: Growth::of(&[normalizer, pre_tokenizer], false)?,
            decode_growth: Growth::of(&[decoder], true)?,
        })
    }

    pub fn check_text(&self, size: usize) -> Result<(), String> {
        let growth = self.encode_growth;
        if growth > USUAL_GROWTH && growth * size as f64 > LARGEST_GROWN_TEXT {
            return Err(format!("its steps could make this text {growth:.0} times as long"));
        }
        Ok(())
    }

    pub fn check_tokens(&self, lengths: impl Iterator<Item = usize>) -> Result<(), String> {
        let size = lengths.fold(0, usize::saturating_add) as f64;
        if size * self.decode_growth > LARGEST_DECODED_TEXT {
            return Err("the decoded text could be longer than 512 MiB".to_string());
        }
        Ok(())
    }
}
