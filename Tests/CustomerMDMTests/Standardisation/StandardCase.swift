import CustomerMDM
import Testing

/// A text as a clerk typed it, and what is to be made of it.
struct StandardCase: Sendable, CustomTestStringConvertible {
    let typed: String
    /// `nil` for a missing value.
    let text: String?
    let alternatives: [String]?
    let flags: StandardisationFlags
    let isValid: Bool

    init(
        _ typed: String, _ text: String?, _ alternatives: [String]? = nil, _ flags: StandardisationFlags = [], isValid: Bool = true
    ) {
        (self.typed, self.text, self.alternatives, self.flags, self.isValid) = (typed, text, alternatives, flags, isValid)
    }

    var testDescription: String { typed }

    func check(_ standardiser: Standardiser, _ location: SourceLocation = #_sourceLocation) {
        let result = standardiser.standardise(typed)
        #expect(result.form?.text.text == text, sourceLocation: location)
        #expect(result.flags == flags, sourceLocation: location)
        if let alternatives { #expect(result.form?.alternatives.map(\.text) == alternatives, sourceLocation: location) }
        if let form = result.form { #expect(form.isValid == isValid, sourceLocation: location) }
    }
}
