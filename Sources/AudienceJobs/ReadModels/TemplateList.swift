package import HindsightCore

/// One row for each template as it is registered now.
package struct TemplateList: Projection {
    package let name = "templates"
    package let version = 2

    package init() {}

    package func keys(for event: Recorded<TemplateEvent>) -> [String] {
        [event.event.registration.definition.name.description]
    }

    package func apply(_ event: Recorded<TemplateEvent>, key: String, to row: inout TemplateRow?) {
        let restores: Int? =
            switch event.event {
            case .registered: nil
            case .restored(let restored): restored.restores
            }
        row = TemplateRow(registration: event.event.registration, registrations: (row?.registrations ?? 0) + 1, restores: restores)
    }
}

package struct TemplateRow: Codable, Sendable, Equatable {
    package var registration: TemplateRegistered
    /// How often it was registered or restored.
    package var registrations: Int
    /// The earlier registration that holds again, where one was restored.
    package var restores: Int?
}
