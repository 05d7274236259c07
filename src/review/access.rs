//! Need to know, in one place: what a person may do, and which documents they may see. Verbs, pages, images and lists all ask here.

use super::{Refused, Review};
use crate::db::ReadTx;
use crate::domain::{Act, DeliveryId, DocumentId, Kind, PageNo, Recipes, Roles, UserId};
use crate::store::documents::{self, Need, Seeing};
use crate::store::users;

/// How the reason begins with which a document is set aside that was meant for somebody else.
pub const MISDIRECTED: &str = "誤送信";
/// How the reason begins with which an advertisement is set aside.
pub const ADVERTISEMENT: &str = "広告";

/// What one person may do and see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Who.
    pub user: UserId,
    /// What they are.
    pub roles: Roles,
    /// The departments they are limited to, folded; none for no limit.
    pub departments: Vec<String>,
}

impl Rights {
    /// Of an account as it stands now; one that is gone or disabled may nothing.
    pub async fn of(tx: &mut ReadTx, user: &UserId) -> Result<Rights, Refused> {
        let (roles, departments) = users::rights(tx, user).await?.unwrap_or_default();
        Ok(Rights { user: user.clone(), roles, departments })
    }

    /// Whether they may do that.
    pub fn may(&self, act: Act) -> bool {
        self.roles.may(act)
    }

    /// Whether they may see that document.
    pub fn sees(&self, need: &Need, recipes: &Recipes) -> bool {
        self.may(Act::SeeDocument) && self.knows(need, recipes)
    }

    /// Whether that document is among those whose names a list may show them.
    pub fn knows(&self, need: &Need, recipes: &Recipes) -> bool {
        if self.may(Act::SeeRestricted) {
            return true;
        }
        let addressed = need.departments.as_deref();
        let mine = |named: &str| self.departments.iter().any(|mine| named.contains(&format!("|{mine}|")));
        !need.misdirected
            && !restricted(need.kind, recipes)
            && (self.departments.is_empty() || addressed.is_none_or(mine))
    }

    /// Whether they may see all that a delivery holds; one without documents is anybody's who may see documents.
    pub fn sees_delivery(&self, needs: &[Need], recipes: &Recipes) -> bool {
        self.may(Act::SeeDocument) && needs.iter().all(|need| self.sees(need, recipes))
    }

    /// Whether they may see a page: its documents all theirs, or in no document of a delivery that is all theirs.
    pub fn sees_page(&self, needs: &[Need], no: PageNo, recipes: &Recipes) -> bool {
        let mut on_it = needs.iter().filter(|need| need.pages.contains(&no)).peekable();
        match on_it.peek() {
            None => self.sees_delivery(needs, recipes),
            Some(_) => on_it.all(|need| self.sees(need, recipes)),
        }
    }

    /// As lists ask for it.
    pub fn seeing(&self, recipes: &Recipes) -> Seeing {
        if self.may(Act::SeeRestricted) {
            return Seeing::Everything;
        }
        let restricted = Kind::ALL.iter().copied().filter(|kind| restricted(*kind, recipes)).collect();
        Seeing::As { user: self.user.clone(), restricted }
    }

    /// Whether they may confirm a document of that kind.
    pub fn confirms(&self, kind: Kind, recipes: &Recipes) -> bool {
        let special = recipes.of(kind).is_some_and(|recipe| !recipe.confirmable);
        self.may(Act::Confirm)
            && (!special || self.may(Act::ConfirmSpecial))
            && (!restricted(kind, recipes) || self.may(Act::SeeRestricted))
    }
}

/// What another system may see: it has no department, and restricted kinds only where its token says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    /// Whether it sees restricted kinds and what was misdirected.
    pub restricted: bool,
}

impl System {
    /// Whether it may see that document.
    pub fn sees(self, need: &Need, recipes: &Recipes) -> bool {
        self.restricted || (!need.misdirected && !restricted(need.kind, recipes))
    }

    /// Whether it may see a page of a document, which must be one of its pages and nobody else's secret.
    pub fn sees_page(self, needs: &[Need], no: PageNo, recipes: &Recipes) -> bool {
        let mut on_it = needs.iter().filter(|need| need.pages.contains(&no)).peekable();
        on_it.peek().is_some() && on_it.all(|need| self.sees(need, recipes))
    }

    /// As lists ask for it.
    pub fn seeing(self, recipes: &Recipes) -> Seeing {
        if self.restricted {
            return Seeing::Everything;
        }
        Seeing::System { restricted: Kind::ALL.iter().copied().filter(|kind| restricted(*kind, recipes)).collect() }
    }
}

/// Whether a kind is for few eyes.
pub fn restricted(kind: Kind, recipes: &Recipes) -> bool {
    recipes.of(kind).is_some_and(|recipe| recipe.restricted)
}

impl Review {
    /// The person's rights, if they may do that with that document; what they may not see is not there.
    pub(super) async fn permitted(
        &self,
        tx: &mut ReadTx,
        user: &UserId,
        id: &DocumentId,
        act: Act,
    ) -> Result<Rights, Refused> {
        let rights = Rights::of(tx, user).await?;
        let need = documents::need(tx, id).await?.ok_or(Refused::NotFound)?;
        if !rights.knows(&need, &self.recipes) {
            return Err(Refused::NotFound);
        }
        if rights.may(act) { Ok(rights) } else { Err(Refused::NoRight) }
    }

    /// The same of a delivery: everything in it must be theirs to see.
    pub(super) async fn permitted_delivery(
        &self,
        tx: &mut ReadTx,
        user: &UserId,
        id: &DeliveryId,
        act: Act,
    ) -> Result<Rights, Refused> {
        let rights = Rights::of(tx, user).await?;
        let needs = documents::needs_of(tx, id).await?;
        if rights.may(Act::SeeDocument) && !rights.sees_delivery(&needs, &self.recipes) {
            return Err(Refused::NotFound);
        }
        if rights.may(act) { Ok(rights) } else { Err(Refused::NoRight) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{KindRecipe, Role};
    use sqlx::types::Json;

    fn recipes() -> Recipes {
        let kind = |text: &str| toml::from_str::<KindRecipe>(text).expect("a recipe");
        Recipes {
            kinds: vec![
                kind("kind = 'referral_letter'"),
                kind("kind = 'disclosure_request'\nrestricted = true\nconfirmable = false"),
                kind("kind = 'unknown'\nconfirmable = false"),
            ],
            ..Recipes::default()
        }
    }

    fn rights(role: Role, departments: &[&str]) -> Rights {
        let departments = departments.iter().map(|name| (*name).to_owned()).collect();
        Rights { user: UserId::fresh(), roles: Roles::new([role]), departments }
    }

    fn need(kind: Kind, departments: Option<&str>, pages: &[u32]) -> Need {
        Need {
            id: DocumentId::fresh(),
            delivery_id: DeliveryId::fresh(),
            kind,
            misdirected: false,
            departments: departments.map(str::to_owned),
            pages: Json(pages.iter().map(|no| PageNo(*no)).collect()),
            patient_id: None,
        }
    }

    #[test]
    fn few_see_what_is_restricted_and_departments_see_their_own() {
        let recipes = recipes();
        let letter = need(Kind::ReferralLetter, Some("|内科|外科|"), &[1]);
        let disclosure = need(Kind::DisclosureRequest, None, &[2]);
        let mut astray = need(Kind::ReferralLetter, None, &[3]);
        astray.misdirected = true;
        for role in [Role::Reception, Role::Reviewer, Role::Approver] {
            let free = rights(role, &[]);
            assert!(free.sees(&letter, &recipes), "{role:?}");
            assert!(!free.sees(&disclosure, &recipes) && !free.sees(&astray, &recipes), "{role:?}");
            assert!(rights(role, &["外科"]).sees(&letter, &recipes), "{role:?}");
            assert!(!rights(role, &["科"]).sees(&letter, &recipes), "a part of a name is not the department");
            assert!(!rights(role, &["皮膚科"]).sees(&letter, &recipes), "{role:?}");
            assert!(rights(role, &["皮膚科"]).sees(&need(Kind::Notice, None, &[]), &recipes), "{role:?}");
        }
        let manager = rights(Role::Manager, &["皮膚科"]);
        assert!([&letter, &disclosure, &astray].iter().all(|need| manager.sees(need, &recipes)));
        for role in [Role::Auditor, Role::Administrator] {
            assert!(!rights(role, &[]).sees(&letter, &recipes), "{role:?}");
        }
    }

    #[test]
    fn a_page_is_seen_when_all_that_stands_on_it_is() {
        let recipes = recipes();
        let needs = [need(Kind::ReferralLetter, None, &[1, 2]), need(Kind::DisclosureRequest, None, &[2, 3])];
        let approver = rights(Role::Approver, &[]);
        let seen = |no| approver.sees_page(&needs, PageNo(no), &recipes);
        assert!(seen(1) && !seen(2) && !seen(3));
        assert!(!seen(4), "a cover sheet beside a restricted document may name its patient");
        assert!(!approver.sees_delivery(&needs, &recipes));
        assert!(approver.sees_page(&needs[..1], PageNo(4), &recipes) && approver.sees_delivery(&[], &recipes));
    }

    #[test]
    fn a_system_sees_what_is_not_for_few_eyes_and_only_pages_of_documents() {
        let recipes = recipes();
        let (open, all) = (System { restricted: false }, System { restricted: true });
        let mut astray = need(Kind::Notice, None, &[4]);
        astray.misdirected = true;
        let needs =
            [need(Kind::ReferralLetter, Some("|内科|"), &[1, 2]), need(Kind::DisclosureRequest, None, &[2, 3]), astray];
        let seen = |who: System| needs.each_ref().map(|need| who.sees(need, &recipes));
        assert_eq!((seen(open), seen(all)), ([true, false, false], [true; 3]));
        let pages = |who: System| (1..6).filter(|no| who.sees_page(&needs, PageNo(*no), &recipes)).collect::<Vec<_>>();
        assert_eq!((pages(open), pages(all)), (vec![1], vec![1, 2, 3, 4]));
        assert_eq!(open.seeing(&recipes), Seeing::System { restricted: vec![Kind::DisclosureRequest] });
        assert_eq!(all.seeing(&recipes), Seeing::Everything);
    }

    #[test]
    fn some_kinds_are_not_for_every_reviewer_to_confirm() {
        let recipes = recipes();
        let confirms = |role, kind| rights(role, &[]).confirms(kind, &recipes);
        assert!(confirms(Role::Reviewer, Kind::ReferralLetter) && !confirms(Role::Reviewer, Kind::Unknown));
        assert!(confirms(Role::Approver, Kind::Unknown) && !confirms(Role::Approver, Kind::DisclosureRequest));
        assert!(confirms(Role::Manager, Kind::DisclosureRequest) && !confirms(Role::Reception, Kind::Notice));
    }
}
