// Lists of a struct's members under the names that outputs give them, written once beside the
// struct: whoever adds a member to a result adds a line there, and no writer of JSON.
#ifndef MODELKIN_BASE_NAMED_FIELDS_H_
#define MODELKIN_BASE_NAMED_FIELDS_H_

#include <functional>
#include <string_view>
#include <tuple>

namespace modelkin {

// A member, or a function that computes from them.
template <class Member>
struct NamedField {
  std::string_view name;
  Member member;
};
template <class Member>
NamedField(std::string_view, Member) -> NamedField<Member>;

// Specialised beside each struct that has such a list:
//   template <>
//   inline constexpr std::tuple kNamedFields<Overlap> = {NamedField("a", &Overlap::a), ...};
template <class Struct>
inline constexpr std::tuple<> kNamedFields = {};

// Calls use(name, value) for each field of the list, in its order.
template <class Struct, class Use>
void ForEachNamedField(const Struct& value, const Use& use) {
  static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(kNamedFields<Struct>)>> > 0,
                "the struct has no list of named fields");
  std::apply(
      [&](const auto&... field) { (use(field.name, std::invoke(field.member, value)), ...); },
      kNamedFields<Struct>);
}

}  // namespace modelkin

#endif  // MODELKIN_BASE_NAMED_FIELDS_H_
