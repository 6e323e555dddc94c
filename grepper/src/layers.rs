//! What every request passes on its way to the table of routes.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use actix_web::{App, Error};

use crate::middleware::{access_log, cors, encoding, exchange, mount, policies, weigh};
use crate::routes::{self, guard};
use crate::state::views::Views;

/// The application of one worker.
pub fn application(
    views: &Views,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(Data::new(views.clone()))
        .app_data(views.shown.clone())
        .app_data(Data::new(policies::Policies::of(&views.all.config)))
        .wrap(from_fn(guard::admit))
        .wrap(from_fn(mount::strip_base_path))
        .wrap(from_fn(cors::add_headers))
        .wrap(from_fn(weigh::weigh))
        .wrap(Compress::default())
        .wrap(from_fn(encoding::negotiate))
        .wrap(from_fn(policies::tell))
        .wrap(from_fn(access_log::log))
        .wrap(from_fn(exchange::note))
        .configure(routes::configure)
}
