package import HindsightCore

/// What a manager asks for.
package struct JobForm: Sendable, Equatable {
    package var kind: JobKind
    package var template: TemplateName
    package var offer: OfferWish?
    /// What the audience is within its offer; the template's name unless the form says otherwise.
    package var audienceType: String
    package var cashback: Cashback?
    package var precedence: Int?
    /// Values for the template's parameters.
    package var parameters: JSONValue
    package var notify: [String]
    /// Whether the clients are only counted: no file is made, and nothing attached.
    package var isPreview: Bool

    /// An offer, declared by the form if nobody has heard of it.
    package struct OfferWish: Codable, Sendable, Equatable {
        package var id: OfferID
        package var title: String?
    }

    /// Reads a form against the template that it names.
    ///
    /// - Parameter template: Looks a template's registration up.
    /// - Throws: ``FormProblems`` with every field that is wrong.
    package init(
        _ source: JSONValue, template: @Sendable (TemplateName) async throws -> TemplateRegistered?
    ) async throws {
        var problems = try JSONSchema(Self.schema).validate(source)
        guard problems.isEmpty else { throw FormProblems(problems) }
        let wire = try JSON.decode(Wire.self, from: JSON.encode(source))
        guard let registration = try await template(wire.template) else {
            throw FormProblems([
                JSONSchema.Violation(
                    pointer: "/template",
                    message:
                        "template is not registered: /v1/audience/templates and `hindsight audience templates` list those that are, and "
                        + "`hindsight doctor` tells why a template's file is refused")
            ])
        }
        let definition = registration.definition
        kind = wire.kind ?? definition.kind
        if kind != definition.kind {
            problems.append(
                JSONSchema.Violation(pointer: "/kind", message: "kind must be \(definition.kind.rawValue), as the template's is"))
        }
        let cashback = wire.cashback
        problems += (cashback?.problems ?? []).map { JSONSchema.Violation(pointer: "/cashback" + $0.pointer, message: $0.message) }
        self.template = wire.template
        offer = wire.offer
        audienceType = wire.audienceType ?? wire.template.description
        self.cashback = cashback
        precedence = wire.precedence
        parameters = wire.parameters ?? [:]
        notify = wire.notify ?? ["inbox"]
        isPreview = wire.preview ?? false
        if isPreview, definition.preview == nil {
            problems.append(
                JSONSchema.Violation(pointer: "/preview", message: "preview is not possible: the template counts nothing alone"))
        }
        problems += offerProblems(definition.kind)
        problems += try JSONSchema(definition.parameters).validate(parameters).map {
            JSONSchema.Violation(pointer: "/parameters" + $0.pointer, message: $0.message)
        }
        guard problems.isEmpty else { throw FormProblems(problems) }
        problems = Self.pathProblems(definition.artifact, parameters)
        guard problems.isEmpty else { throw FormProblems(problems) }
    }

    /// Terms that nothing would come of: they belong to an offer, and a report is attached to none.
    private func offerProblems(_ kind: JobKind) -> [JSONSchema.Violation] {
        if kind == .report, offer != nil {
            return [JSONSchema.Violation(pointer: "/offer", message: "offer goes with an audience: a report is attached to no offer")]
        }
        guard offer == nil else { return [] }
        return [("cashback", cashback != nil), ("precedence", precedence != nil)].filter(\.1).map { name, _ in
            JSONSchema.Violation(pointer: "/\(name)", message: "\(name) goes with offer: name the offer, or leave it out")
        }
    }

    private struct Wire: Decodable {
        var kind: JobKind?
        var template: TemplateName
        var offer: OfferWish?
        var audienceType: String?
        var cashback: Cashback?
        var precedence: Int?
        var parameters: JSONValue?
        var notify: [String]?
        var preview: Bool?

        enum CodingKeys: String, CodingKey {
            case kind, template, offer, audienceType, cashback, precedence, parameters, notify, preview
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            kind = try container.decodeIfPresent(JobKind.self, forKey: .kind)
            template = try container.decode(TemplateName.self, forKey: .template)
            audienceType = try container.decodeIfPresent(String.self, forKey: .audienceType)
            cashback = try container.decodeIfPresent(Cashback.self, forKey: .cashback)
            precedence = try container.decodeIfPresent(Int.self, forKey: .precedence)
            parameters = try container.decodeIfPresent(JSONValue.self, forKey: .parameters)
            notify = try container.decodeIfPresent([String].self, forKey: .notify)
            preview = try container.decodeIfPresent(Bool.self, forKey: .preview)
            // An offer is its id, or an object with more about it.
            if case .string? = try container.decodeIfPresent(JSONValue.self, forKey: .offer) {
                offer = OfferWish(id: try container.decode(OfferID.self, forKey: .offer))
            } else {
                offer = try container.decodeIfPresent(OfferWish.self, forKey: .offer)
            }
        }
    }

    /// A form's own members; those of `parameters` are the template's business.
    package static let schema: JSONValue = [
        "type": "object", "additionalProperties": false, "required": ["template"],
        "properties": [
            "kind": ["enum": ["audience", "report"]],
            "template": ["type": "string", "pattern": .string(plainName), "x-rule": .string(plainRule)],
            "offer": [
                "type": ["string", "object"], "pattern": .string(plainName), "x-rule": .string(plainRule), "additionalProperties": false,
                "required": ["id"],
                "properties": [
                    "id": ["type": "string", "pattern": .string(plainName), "x-rule": .string(plainRule)],
                    "title": ["type": "string", "minLength": 1, "maxLength": 200],
                ],
            ],
            "audienceType": ["type": "string", "pattern": .string(plainName), "x-rule": .string(plainRule)],
            "cashback": Cashback.schema,
            "precedence": ["type": "integer", "minimum": 1, "maximum": 1000],
            "parameters": ["type": "object"],
            "preview": ["type": "boolean"],
            // An address is nobody's name: it would stand in the log for ever.
            "notify": [
                "type": "array", "maxItems": 20, "uniqueItems": true,
                "items": [
                    "type": "string", "pattern": "^(inbox(:[a-z0-9_-]{1,64})?|(webhook|mail):[a-z0-9_-]{1,64})$",
                    "x-rule": "inbox, inbox:NAME, webhook:NAME or mail:NAME, with a NAME of 1 to 64 of a-z, 0-9, '_' and '-'",
                ],
            ],
        ],
    ]

    private static let plainRule = "1 to 64 letters, digits, '.', '_' or '-'"
    private static let plainName = "^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,64}$"
}

/// Everything that is wrong with a form; the first problem speaks for all on one line.
package struct FormProblems: Error, Sendable, Equatable, CustomStringConvertible {
    package let violations: [JSONSchema.Violation]

    package init(_ violations: [JSONSchema.Violation]) {
        self.violations = violations
    }

    package var description: String { violations.map { "\($0.pointer): \($0.message)" }.joined(separator: "; ") }
}

// MARK: - The artifact's path

extension JobForm {
    private static func pathProblems(_ plan: ArtifactPlan, _ parameters: JSONValue) -> [JSONSchema.Violation] {
        plan.placeholders.filter { $0 != ArtifactPlan.jobPlaceholder }.compactMap { name in
            guard let value = parameters[name] else {
                return JSONSchema.Violation(pointer: "/parameters/\(name)", message: "\(name) is missing: the file is named after it")
            }
            let isUsable = value.stringValue?.isPlainName ?? (value.integerValue != nil)
            return isUsable
                ? nil
                : JSONSchema.Violation(
                    pointer: "/parameters/\(name)",
                    message: "\(name) must be a number or made of letters, digits, '.', '_' and '-': the file is named after it")
        }
    }

    /// The plan's path with the job and the parameters filled in. The form was checked, so every part is plain.
    func artifactPath(_ plan: ArtifactPlan, job: JobID) -> String {
        plan.placeholders.reduce(plan.path) { path, name in
            let value =
                name == ArtifactPlan.jobPlaceholder
                ? job.description : parameters[name].map { $0.stringValue ?? "\($0.integerValue ?? 0)" } ?? ""
            return path.split(separator: "{\(name)}", omittingEmptySubsequences: false).joined(separator: value)
        }
    }
}
